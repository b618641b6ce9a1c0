import { YAMLSeq } from 'yaml';
import type { ToscaMap } from '../yaml/values.js';
import { textOf } from '../yaml/values.js';
import { baseName } from './base-name.js';
import type { Play } from './playbook.js';
import { mapValue, recipeMap, recipeValue, verbatimText } from './recipe-values.js';

/** Name under which the tasks of a script know its directory. */
const directory = 'im_script_directory';

/**
 * A play that runs a script with the inputs of its operation as environment (spec: tosca.md 6.3). The script lies in a directory that nobody
 * else can read, for the time that it runs.
 */
export function scriptPlay(url: string, text: string, inputs: ToscaMap): Play {
  const name = baseName(url);
  const path = `{{ ${directory}.path }}/${name}`;
  const environment: ToscaMap = new Map([...inputs].map(([key, value]) => [key, textOf(value)]));
  const tasks = new YAMLSeq();
  tasks.items = [
    recipeValue(
      mapValue({
        name: `Make a directory for ${name}`,
        tempfile: mapValue({ state: 'directory', suffix: '.im' }),
        register: directory,
      }),
    ),
    recipeMap([
      ['name', recipeValue(`Copy ${name}`)],
      [
        'copy',
        recipeMap([
          ['content', verbatimText(text)],
          ['dest', recipeValue(path)],
          ['mode', recipeValue('0755')],
        ]),
      ],
    ]),
    recipeValue(
      mapValue({
        name: `Run ${name}`,
        shell: path,
        ...(environment.size === 0 ? {} : { environment }),
      }),
    ),
    recipeValue(
      mapValue({
        name: `Remove the directory of ${name}`,
        file: mapValue({ path: `{{ ${directory}.path }}`, state: 'absent' }),
      }),
    ),
  ];
  return recipeMap([['tasks', tasks]]);
}
