import { readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { cloudsOf } from './cloud-info.js';
import { contractRegistry, openCloud } from './contract/open-cloud.js';

describe('the registry of connectors', () => {
  it('has one type for every folder', () => {
    const folders = readdirSync(new URL('.', import.meta.url), { withFileTypes: true })
      .filter((entry) => entry.isDirectory() && entry.name !== 'contract')
      .map((entry) => entry.name);

    expect(contractRegistry().types()).toEqual(['Docker', 'Dummy', 'DeployedNode']);
    expect(folders).toHaveLength(contractRegistry().types().length);
  });

  it.each([
    ['Nowhere', 'Cloud provider not supported: Nowhere'],
    ['dummy', 'Cloud provider not supported: dummy'],
    ['AVeryLongCloudType', 'Not valid cloud provider.'],
    ['../Dummy', 'Not valid cloud provider.'],
    ['constructor', 'Cloud provider not supported: constructor'],
  ])('refuses the type %s', (type, message) => {
    expect(() => openCloud({ id: 'x', type })).toThrow(message);
  });

  it('says what a line lacks', () => {
    expect(() => openCloud({ id: 'x', type: 'Docker' })).toThrow(
      'No correct auth data has been specified to Docker.: host is needed',
    );
  });

  it('opens what cloudsOf reads', () => {
    const [access] = cloudsOf([{ id: 'x', type: 'Dummy' }]);

    expect(access && contractRegistry().open(access).access).toBe(access);
  });
});
