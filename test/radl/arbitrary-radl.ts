import fc from 'fast-check';

/** What a generated document holds; every part of it can be written in plain RADL and in JSON. */
interface Parts {
  networks: string[];
  systems: string[];
  configures: string[];
}

const letters = 'abcdefgXYZ_';
const inName = `${letters}0123456789.-éλ中`;

/** Names of free features, which no rule checks and no JSON suffix (`_min`, `_max`) takes for something else. */
const freeName = fc
  .tuple(fc.constantFrom(...letters), fc.string({ unit: fc.constantFrom(...inName), maxLength: 6 }))
  .map(([first, rest]) => `x.${first}${rest}`);

/** Text as it stands between single quotes: only `\'` means something else than itself. */
const quotedText = fc
  .array(
    fc.constantFrom(
      'a',
      'B',
      '7',
      ' ',
      "\\'",
      '\\\\',
      '\\n',
      '#',
      '"',
      '@',
      '\n',
      '(',
      ')',
      '=',
      '#N#',
      'é',
      '𝒜',
      '\t',
    ),
    { maxLength: 8 },
  )
  .map((parts) => parts.join(''))
  .filter((text) => !/^random\(\d+\)$/.test(text));

const text = quotedText.map((content) => `'${content}'`);
const list = fc.array(text, { maxLength: 3 }).map((texts) => `[${texts.join(', ')}]`);
const whole = fc.oneof(fc.nat({ max: 20 }), fc.nat({ max: 200_000_000 })).map(String);
const number = fc.oneof(
  whole,
  fc.tuple(whole, fc.nat({ max: 9999 })).map(([a, b]) => `${a}.${b}`),
);
const unit = fc.constantFrom('', 'K', 'm', 'MB', 'Gi', 'TiB', ' g');

/** Where blanks may stand. */
const blank = fc.constantFrom(' ', ' ', '\n', '\t', ' # a comment (with = signs\n', '\r\n');

/** A number: one comparison, an exact value, or two bounds that leave room. */
const comparison = (name: fc.Arbitrary<string>, scale: fc.Arbitrary<string>): fc.Arbitrary<string> =>
  fc
    .tuple(name, fc.constantFrom('=', '<', '>', '<=', '>=', '..'), number, fc.nat({ max: 50 }), scale)
    .map(([feature, operator, value, span, written]) =>
      operator === '..'
        ? `${feature} >= ${value}${written} and ${feature} <= ${Number(value) + span + 1}${written}`
        : `${feature} ${operator} ${value}${written}`,
    );
const numberFeature = comparison(freeName, unit);
const option = fc.oneof(
  comparison(freeName, fc.constant('')),
  freeName.map((name) => `${name} = '2.9'`),
);
const valueFeature = fc.tuple(freeName, fc.oneof(text, list)).map(([name, value]) => `${name} = ${value}`);
const plainFeature = fc.oneof(numberFeature, valueFeature);

const nameOf = (feature: string): string => feature.split(' ')[0] ?? '';
const distinctFeatures = (feature: fc.Arbitrary<string>, maxLength: number): fc.Arbitrary<string[]> =>
  fc.uniqueArray(feature, { selector: nameOf, maxLength });

const group = fc
  .tuple(
    freeName,
    fc.uniqueArray(fc.constantFrom('a', 'b', 'c'), { maxLength: 3 }),
    distinctFeatures(plainFeature, 2),
  )
  .map(([name, keys, inner]) =>
    keys.map((key) => `${name} contains (${[`name = '${key}'`, ...inner].join(' and ')})`).join(' and '),
  )
  .filter((feature) => feature !== '');
const soft = fc
  .tuple(number, distinctFeatures(plainFeature, 3))
  .map(([weight, inner]) => `soft ${weight} (${inner.join(' and ')})`);

/** Features that no rule checks, of every kind, without contradictions. */
const freeFeatures = fc
  .tuple(distinctFeatures(fc.oneof(plainFeature, group), 5), fc.array(soft, { maxLength: 2 }))
  .map(([features, softs]) => [...features, ...softs]);

const optional = (feature: fc.Arbitrary<string>): fc.Arbitrary<string[]> =>
  fc.option(feature, { nil: null }).map((value) => (value === null ? [] : [value]));

/** Features that are checked, with values that pass. */
const checkedSystemFeatures = fc
  .tuple(
    optional(fc.tuple(fc.constantFrom('=', '>='), number).map(([op, value]) => `cpu.count ${op} ${value}`)),
    optional(fc.tuple(whole, unit).map(([value, scale]) => `memory.size >= ${value}${scale}`)),
    optional(fc.constantFrom('x86_64', 'i386', 'arm64').map((arch) => `cpu.arch = '${arch}'`)),
    optional(fc.constantFrom("spot = 'yes'", 'cpu.performance = 20ECU', 'price <= 1.5')),
    optional(
      fc.constantFrom(
        "disk.0.os.name = 'linux' and disk.0.os.version >= '22.04'",
        "disk.0.image.url = ['one://a/1', 'ost://b/2']",
        "disk.0.size = 20G and disk.1.size >= 10G and disk.1.fstype = 'ext4'",
        "disk.0.applications contains (name = 'git' and version = '1.2')",
      ),
    ),
  )
  .map((features) => features.flat());

const document = fc
  .record({ networks: fc.nat({ max: 2 }), systems: fc.nat({ max: 3 }), configures: fc.nat({ max: 2 }) })
  .chain(({ networks, systems, configures }) => {
    const numbered = (prefix: string, count: number): string[] =>
      Array.from({ length: count }, (_unused, index) => `${prefix}${index}`);
    return sections({
      networks: numbered('net', networks),
      systems: numbered('node', systems),
      configures: numbered('conf', configures),
    });
  });

function sections(parts: Parts): fc.Arbitrary<string[]> {
  return fc
    .tuple(
      optional(freeFeatures.map((features) => section('description', 'd', features))),
      optional(
        freeFeatures.map((features) =>
          section('ansible', 'host', [
            "host = '10.0.0.1' and credentials.username = 'u' and credentials.password = 'p'",
            ...features,
          ]),
        ),
      ),
      fc.tuple(...parts.networks.map(network)),
      fc.tuple(...parts.systems.map((id) => system(id, parts.networks))),
      fc.tuple(...parts.configures.map(configure)),
      optional(contextualize(parts)),
      deploys(parts.systems),
    )
    .map((groups) => groups.flat());
}

function section(kind: string, id: string, features: readonly string[]): string {
  return `${kind} ${id} (${features.join(' and ')})`;
}

function network(id: string): fc.Arbitrary<string> {
  return fc
    .tuple(optional(fc.constantFrom("outbound = 'yes'", "outports = '22,80-8080,53/udp'")), freeFeatures)
    .map(([checked, free]) => section('network', id, [...checked, ...free]));
}

function system(id: string, networks: readonly string[]): fc.Arbitrary<string> {
  return fc
    .tuple(fc.subarray([...networks]), checkedSystemFeatures, freeFeatures)
    .map(([connected, checked, free]) =>
      section('system', id, [
        ...connected.map((name, index) => `net_interface.${index}.connection = '${name}'`),
        ...checked,
        ...free,
      ]),
    );
}

/** Recipes: none, a usual one, text on the line of `@begin`, blank lines at the ends, lines that look like RADL. */
function configure(id: string): fc.Arbitrary<string> {
  const line = fc.constantFrom('- a: 1', '- "x"', '', "- 'system s ('", '# @end', '- - [1, {b: 2}]');
  return fc
    .tuple(fc.constantFrom('', ' # c'), fc.array(line, { maxLength: 4 }))
    .map(([first, lines]) => `configure ${id} (\n@begin${[first, ...lines].join('\n')}\n@end\n)`);
}

function contextualize(parts: Parts): fc.Arbitrary<string> {
  if (parts.systems.length === 0 || parts.configures.length === 0) {
    return fc.constantFrom('contextualize ()', 'contextualize 0 ( )');
  }
  const time = fc.constantFrom('', '0', '7200');
  const item = fc
    .tuple(
      fc.constantFrom(...parts.systems),
      fc.constantFrom(...parts.configures),
      fc.constantFrom('', 'step 1', 'step 12', 'with Ansible', 'with cloud_init', 'with cloud-init'),
    )
    .map(([name, recipe, how]) => `system ${name} configure ${recipe} ${how}`);
  return fc
    .tuple(time, distinctFeatures(option, 2), fc.array(item, { maxLength: 4 }))
    .map(([seconds, options, items]) => {
      if (options.length + items.length === 0) {
        // Its time does not print (spec: radl.md 8).
        return 'contextualize ()';
      }
      const written = options.flatMap((one) => one.split(' and ')).map((one) => `option ${one}`);
      return `contextualize ${seconds} (\n${[...written, ...items].join('\n')}\n)`;
    });
}

function deploys(systems: readonly string[]): fc.Arbitrary<string[]> {
  return systems.length === 0
    ? fc.constant([])
    : fc.array(
        fc
          .tuple(fc.constantFrom(...systems), fc.nat({ max: 30 }), fc.constantFrom('', 'cloud1', 'a.b-c'))
          .map((words) => `deploy ${words.join(' ')}`),
        { maxLength: 3 },
      );
}

/** Plain RADL that is read, passes the check, and has the same meaning in JSON; sections in any order, blanks and comments anywhere. */
export const validRadl: fc.Arbitrary<string> = fc
  .tuple(
    document.chain((written) => fc.shuffledSubarray(written, { minLength: written.length })),
    fc.array(blank, { minLength: 1, maxLength: 4 }),
  )
  .map(([written, blanks]) =>
    written.map((part, index) => `${part}${blanks[index % blanks.length] ?? ''}\n`).join(''),
  );

/** The features of one system, free ones of every kind. */
export const validFeatures: fc.Arbitrary<string> = freeFeatures.map((features) => features.join(' and '));
