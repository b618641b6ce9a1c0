import type { z } from 'zod';

/** Sections of im.cfg that hold options. spec: configuration.md 1 */
export type OptionSection = 'im' | 'OpenNebula';

/**
 * `built`: acts. `planned`: accepted, its feature comes later, the log says so. `ignored`: accepted for old files, has no
 * effect in this system.
 */
export type OptionStatus = 'built' | 'planned' | 'ignored';

/** How a value is shown: as it is, not at all, or as a URL without its password. */
export type OptionSecrecy = 'none' | 'whole' | 'url-password';

/** What every option has, whatever the type of its value. */
export interface OptionBase<T> {
  readonly section: OptionSection;
  /** Value when nothing is given; texts may hold `${OTHER_OPTION}`, filled in after all sources are read. */
  readonly default: T;
  /** Default of `npm start` where it differs from the one of the image and the packages. */
  readonly localDefault?: T;
  readonly secrecy: OptionSecrecy;
  readonly status: OptionStatus;
  /** One or two sentences for the manual, with the unit of numbers. */
  readonly text: string;
  /** Other names the option is accepted under. */
  readonly aliases?: readonly string[];
}

export interface TextOption extends OptionBase<string> {
  readonly kind: 'text';
  /** What the value must look like, when not every text is allowed. */
  readonly form?: { readonly pattern: RegExp; readonly allowed: string };
}

export interface ChoiceOption<C extends string> extends OptionBase<C> {
  readonly kind: 'choice';
  /** Compared without regard to case; the spelling here is the one the program gets. */
  readonly choices: readonly C[];
}

export interface IntegerOption extends OptionBase<number> {
  readonly kind: 'integer';
  readonly minimum: number;
  readonly maximum: number;
}

export interface BooleanOption extends OptionBase<boolean> {
  readonly kind: 'boolean';
}

export interface ListOption extends OptionBase<readonly string[]> {
  readonly kind: 'list';
  /** What each element must look like, when not every text is allowed. */
  readonly form?: { readonly pattern: RegExp; readonly allowed: string };
}

export interface JsonOption<T> extends OptionBase<T> {
  readonly kind: 'json';
  readonly schema: z.ZodType<T>;
  /** What the schema asks for, in words. */
  readonly allowed: string;
}

/** Any option of the table, told apart by `kind`. */
export type OptionDefinition =
  | TextOption
  | ChoiceOption<string>
  | IntegerOption
  | BooleanOption
  | ListOption
  | JsonOption<unknown>;

/** The type of the value an option gives. */
export type ValueOf<O> = O extends OptionBase<infer T> ? T : never;

type Details<O> = Omit<O, 'kind' | 'section' | 'default' | 'secrecy' | 'status' | 'text'> &
  Partial<Pick<OptionBase<unknown>, 'section' | 'secrecy' | 'status'>>;

const usual = { section: 'im', secrecy: 'none', status: 'built' } as const;

/** An option whose value is taken as it is; blank means none. */
export function text(value: string, description: string, details: Details<TextOption> = {}): TextOption {
  return { ...usual, ...details, kind: 'text', default: value, text: description };
}

/** An option with a fixed set of values. */
export function choice<const C extends string>(
  choices: readonly C[],
  value: NoInfer<C>,
  description: string,
  details: Omit<Details<ChoiceOption<C>>, 'choices'> = {},
): ChoiceOption<C> {
  return { ...usual, ...details, kind: 'choice', choices, default: value, text: description };
}

/** A whole number; `minimum` is 0 unless told otherwise. */
export function integer(
  value: number,
  description: string,
  details: Partial<Details<IntegerOption>> = {},
): IntegerOption {
  const range = { minimum: 0, maximum: Number.MAX_SAFE_INTEGER };
  return { ...usual, ...range, ...details, kind: 'integer', default: value, text: description };
}

/** A switch. */
export function boolean(
  value: boolean,
  description: string,
  details: Details<BooleanOption> = {},
): BooleanOption {
  return { ...usual, ...details, kind: 'boolean', default: value, text: description };
}

/** Texts separated by commas; elements are trimmed and empty ones dropped. */
export function list(
  value: readonly string[],
  description: string,
  details: Details<ListOption> = {},
): ListOption {
  return { ...usual, ...details, kind: 'list', default: value, text: description };
}

/** A JSON text; blank means the default. */
export function json<T>(value: T, description: string, details: Details<JsonOption<T>>): JsonOption<T> {
  return { ...usual, ...details, kind: 'json', default: value, text: description };
}

/** Gives every option of a group another status than `built`. */
export const planned = { status: 'planned' } as const;
export const ignored = { status: 'ignored' } as const;
