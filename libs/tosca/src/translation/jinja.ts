/** A text as Jinja reads it in an expression. */
export function jinjaText(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** Expression of a fact of one of the machines of a system. */
export function hostFact(system: string, fact: string, index = 0): string {
  return `hostvars[groups[${jinjaText(system)}][${index}]]['${fact}']`;
}
