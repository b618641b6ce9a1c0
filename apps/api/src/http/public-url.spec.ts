import { describe, expect, it } from 'vitest';
import { PublicUrl } from './public-url.js';

describe('TRUSTED_PROXIES', () => {
  const withProxy = (proxy: string): PublicUrl =>
    new PublicUrl({ rootPath: '/', publicUrl: '', trustedProxies: [proxy] });

  it.each(['10.0.0.1', '10.0.0.0/8', '::1', '2001:db8::/32'])('takes %s', (proxy) => {
    expect(() => withProxy(proxy)).not.toThrow();
  });

  it.each(['1.2.3', '10.0.0.0/40', '2001:db8::/129', '10.0.0.0/x'])('refuses %s by name', (proxy) => {
    expect(() => withProxy(proxy)).toThrow(`TRUSTED_PROXIES: ${proxy} is no IP address and no network.`);
  });
});
