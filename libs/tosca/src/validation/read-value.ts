import { functionCall } from '../functions/function-names.js';
import type { ToscaErrorCategory } from '../tosca-error.js';
import type { Schema } from '../types/definitions.js';
import type { DataType, TypeLibrary } from '../types/type-library.js';
import type { Path, ToscaMap, ToscaValue } from '../yaml/values.js';
import { DecimalNumber, isMap, isNumber, textOf } from '../yaml/values.js';
import { constraintProblem } from './constraints.js';
import { isScalarUnitKind, readScalarUnit } from './scalar-units.js';

/** Takes what is wrong with a value. */
export type ReportProblem = (category: ToscaErrorCategory, kind: string, message: string, path: Path) => void;

/** What a value has the kind of, as the messages say it. */
const kindNames: Readonly<Record<string, string>> = {
  string: 'a string',
  integer: 'an integer',
  float: 'a float',
  number: 'a number',
  boolean: 'a boolean',
  timestamp: 'a valid timestamp',
  list: 'a list',
  map: 'a map',
  range: 'a valid range',
};

/**
 * Reads values by their definitions: kind, constraints, entries, data types (spec: tosca.md 2). A value is given back in the kind its definition asks
 * for: a text `"2"` of an integer becomes 2; what has another kind is reported and stays. Functions are taken as they are.
 */
export class ValueReader {
  constructor(
    private readonly library: TypeLibrary,
    private readonly report: ReportProblem,
  ) {}

  /** @param name of the property, for messages */
  read(value: ToscaValue, schema: Schema, name: string, path: Path): ToscaValue {
    if (value === null || functionCall(value) !== undefined) {
      return value;
    }
    const dataType = isBasic(schema.type) ? undefined : this.library.data(schema.type);
    const read =
      dataType === undefined
        ? this.basic(value, schema, name, path)
        : this.ofDataType(value, dataType, name, path);
    if (read !== undefined) {
      this.constraints(read, schema, name, path);
    }
    return read ?? value;
  }

  private ofDataType(value: ToscaValue, type: DataType, name: string, path: Path): ToscaValue | undefined {
    if (type.basic !== undefined) {
      return this.read(value, type.basic, name, path);
    }
    if (type.properties.size === 0) {
      return value;
    }
    if (!isMap(value)) {
      this.report('value', 'ValueError', `"${textOf(value)}" is not a map.`, path);
      return undefined;
    }
    return this.fields(value, type, path);
  }

  private fields(value: ToscaMap, type: DataType, path: Path): ToscaMap {
    const missing = [...type.properties.values()].filter(
      ({ name, required, default: byDefault }) => required && byDefault === undefined && !value.has(name),
    );
    if (missing.length > 0) {
      const names = missing.map((field) => `'${field.name}'`).join(', ');
      this.report(
        'missing-field',
        'MissingRequiredFieldError',
        `Data value of type "${type.name}" is missing required field "[${names}]".`,
        path,
      );
    }
    return new Map(
      [...value].map(([key, member]) => {
        const definition = type.properties.get(key);
        if (definition !== undefined) {
          return [key, this.read(member, definition.schema, key, [...path, key])];
        }
        this.report(
          'unknown-field',
          'UnknownFieldError',
          `Data value of type "${type.name}" contains unknown field "${key}". Refer to the definition to verify valid values.`,
          [...path, key],
        );
        return [key, member];
      }),
    );
  }

  /** Undefined when the value is not of the kind; a kind that nobody knows takes everything (spec: tosca.md 2, dangling names). */
  private basic(value: ToscaValue, schema: Schema, name: string, path: Path): ToscaValue | undefined {
    if (isScalarUnitKind(schema.type)) {
      return this.scalarUnit(value, schema.type, path);
    }
    const read = this.collection(value, schema, name, path) ?? scalarOfKind(value, schema.type);
    if (read !== undefined) {
      return read;
    }
    if (schema.type === 'version') {
      const message = `Value of TOSCA version property "${textOf(value)}" is invalid.`;
      this.report('value', 'InvalidTOSCAVersionPropertyException', message, path);
    } else {
      const kind = kindNames[schema.type] ?? schema.type;
      this.report('value', 'ValueError', `"${textOf(value)}" is not ${kind}.`, path);
    }
    return undefined;
  }

  private collection(value: ToscaValue, schema: Schema, name: string, path: Path): ToscaValue | undefined {
    const { entry } = schema;
    if (schema.type === 'list' && Array.isArray(value)) {
      return entry === undefined
        ? value
        : value.map((member, index) => this.read(member, entry, name, [...path, index]));
    }
    if (schema.type === 'map' && isMap(value)) {
      return entry === undefined
        ? value
        : new Map([...value].map(([key, member]) => [key, this.read(member, entry, name, [...path, key])]));
    }
    return undefined;
  }

  private scalarUnit(value: ToscaValue, kind: string, path: Path): ToscaValue | undefined {
    const read = readScalarUnit(textOf(value), kind);
    if ('problem' in read) {
      this.report('value', 'ValueError', read.problem, path);
      return undefined;
    }
    return value;
  }

  private constraints(value: ToscaValue, schema: Schema, name: string, path: Path): void {
    for (const constraint of schema.constraints) {
      for (const [rule, limit] of constraint) {
        const problem = constraintProblem({ rule, limit, value, name, kind: this.basicKind(schema.type) });
        if (problem !== undefined) {
          this.report('value', 'ValidationError', problem, path);
        }
      }
    }
  }

  private basicKind(type: string): string {
    return isBasic(type) ? type : (this.library.data(type)?.basic?.type ?? type);
  }
}

const basicKinds: ReadonlySet<string> = new Set([...Object.keys(kindNames), 'version', 'any']);

function isBasic(type: string): boolean {
  return basicKinds.has(type) || isScalarUnitKind(type);
}

/** The value of a scalar kind, converted when it is a text that stands for one; undefined when it is of another kind. */
function scalarOfKind(value: ToscaValue, kind: string): ToscaValue | undefined {
  switch (kind) {
    case 'string':
      return typeof value === 'string' ? value : undefined;
    case 'integer':
      return integerOf(value);
    case 'float':
      return value instanceof DecimalNumber ? value : undefined;
    case 'number':
      return isNumber(value) ? value : undefined;
    case 'boolean':
      return booleanOf(value);
    case 'timestamp':
      return typeof value === 'string' && !Number.isNaN(Date.parse(value)) ? value : undefined;
    case 'version':
      return isVersion(value) ? value : undefined;
    case 'range':
      return isRange(value) ? value : undefined;
    case 'list':
    case 'map':
      return undefined;
    default:
      return value;
  }
}

function integerOf(value: ToscaValue): ToscaValue | undefined {
  if (typeof value === 'string' && /^\s*[-+]?[0-9]{1,15}\s*$/.test(value)) {
    return Number(value);
  }
  return typeof value === 'number' ? value : undefined;
}

function booleanOf(value: ToscaValue): ToscaValue | undefined {
  if (typeof value === 'string' && /^(?:true|false)$/i.test(value)) {
    return value.toLowerCase() === 'true';
  }
  return typeof value === 'boolean' ? value : undefined;
}

/** `N[.N[.N[.qualifier[-build]]]]`, also written as a number. */
function isVersion(value: ToscaValue): boolean {
  return (
    (typeof value === 'string' || isNumber(value)) &&
    /^[0-9]+(?:\.[0-9]+(?:\.[0-9]+(?:\.[A-Za-z0-9]+(?:-[0-9]+)?)?)?)?$/.test(textOf(value))
  );
}

function isRange(value: ToscaValue): boolean {
  if (!Array.isArray(value) || value.length !== 2) {
    return false;
  }
  const [least, most] = value;
  return (
    isBound(least) &&
    isBound(most) &&
    (typeof least !== 'number' || typeof most !== 'number' || least <= most)
  );
}

function isBound(value: ToscaValue | undefined): boolean {
  return typeof value === 'number' || value === 'UNBOUNDED';
}
