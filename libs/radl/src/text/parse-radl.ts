import { mergeSections } from '../document/merge-contextualize.js';
import { FeatureSet } from '../model/feature-set.js';
import type { Aspect, Configure, Contextualize, ContextualizeItem, Deploy, Radl } from '../model/radl.js';
import { emptyContextualize, emptyRadl, toolNamed, versionOption } from '../model/radl.js';
import { RadlError } from '../radl-error.js';
import type { RandomText } from './parse-features.js';
import { numberOf, parseComparator, parseFeatures, positionOf } from './parse-features.js';
import { cryptographicText } from './random-text.js';
import type { Token } from './token.js';
import { TokenStream } from './token-stream.js';

export interface ParseOptions {
  /** Source of `'random(N)'` values; a cryptographic one when absent. */
  random?: RandomText;
}

const sections = ['description', 'network', 'system', 'ansible', 'configure', 'deploy', 'contextualize'];

/**
 * Reads plain RADL (spec: radl.md 2, 3).
 * @throws RadlError with line, column and what was expected
 */
export function parseRadl(text: string, options: ParseOptions = {}): Radl {
  return new RadlParser(text, options.random ?? cryptographicText).document();
}

class RadlParser {
  private readonly tokens: TokenStream;
  private readonly radl = emptyRadl();
  private readonly ids = new Set<string>();
  private readonly contextualizes: Contextualize[] = [];

  constructor(
    text: string,
    private readonly random: RandomText,
  ) {
    this.tokens = new TokenStream(text);
  }

  document(): Radl {
    while (this.tokens.peek().kind !== 'end') {
      this.section();
    }
    const contextualize = mergeSections(this.contextualizes);
    return contextualize === undefined ? this.radl : { ...this.radl, contextualize };
  }

  private section(): void {
    const keyword = this.tokens.peek();
    if (keyword.kind !== 'reserved' || !sections.includes(keyword.text)) {
      throw this.tokens.unexpected(`a section: ${sections.join(', ')}`, sections);
    }
    this.tokens.take();
    switch (keyword.text) {
      case 'description':
        this.description(keyword);
        break;
      case 'network':
        this.radl.networks.push(this.aspect(keyword, true));
        break;
      case 'system':
        this.radl.systems.push(this.aspect(keyword, true));
        break;
      case 'ansible':
        this.radl.ansibleHosts.push(this.aspect(keyword, false));
        break;
      case 'configure':
        this.radl.configures.push(this.configure(keyword));
        break;
      case 'deploy':
        this.radl.deploys.push(this.deploy(keyword));
        break;
      default:
        this.contextualize();
    }
  }

  private description(keyword: Token): void {
    const description = this.aspect(keyword, true, false);
    if (this.radl.description !== undefined) {
      throw new RadlError('duplicate', 'Description can only be defined once.', {
        position: positionOf(keyword),
      });
    }
    this.radl.description = description;
  }

  private aspect(keyword: Token, mayBeReference: boolean, unique = true): Aspect {
    const name = this.tokens.expectKind('name', `the name of the ${keyword.text}`);
    if (unique) {
      this.claim(keyword, name);
    }
    if (mayBeReference && !this.tokens.at('(')) {
      return { id: name.text, features: new FeatureSet(), reference: true, position: positionOf(keyword) };
    }
    this.tokens.expect('(');
    const features = parseFeatures(this.tokens, this.random);
    this.tokens.expect(')');
    return { id: name.text, features, reference: false, position: positionOf(keyword) };
  }

  private configure(keyword: Token): Configure {
    const name = this.tokens.expectKind('name', 'the name of the configure');
    this.claim(keyword, name);
    const configure: Configure = {
      id: name.text,
      recipe: null,
      reference: false,
      position: positionOf(keyword),
    };
    if (!this.tokens.accept('(')) {
      return { ...configure, reference: true };
    }
    if (this.tokens.peek().kind === 'recipe') {
      configure.recipe = this.tokens.take().value;
    }
    if (!this.tokens.at(')')) {
      throw this.tokens.unexpected("a recipe between @begin and @end, or ')'");
    }
    this.tokens.take();
    return configure;
  }

  private deploy(keyword: Token): Deploy {
    const system = this.tokens.expectKind('name', 'the name of a system');
    const number = this.tokens.expectKind('number', 'the number of VMs');
    const deploy: Deploy = {
      system: system.text,
      vmNumber: this.whole(number),
      position: positionOf(keyword),
    };
    if (this.tokens.peek().kind === 'name') {
      deploy.cloudId = this.tokens.take().text;
    }
    return deploy;
  }

  private contextualize(): void {
    const section = emptyContextualize();
    if (this.tokens.peek().kind === 'number') {
      section.maxTime = numberOf(this.tokens.take());
    }
    this.tokens.expect('(');
    while (this.tokens.at('option')) {
      this.option(section);
    }
    while (!this.tokens.at(')')) {
      section.items.push(this.item());
    }
    this.tokens.take();
    this.contextualizes.push(section);
  }

  private option(section: Contextualize): void {
    this.tokens.take();
    const name = this.tokens.expectKind('name', 'the name of an option');
    const operator = parseComparator(this.tokens);
    const value = this.tokens.peek();
    if (value.kind !== 'string' && value.kind !== 'number') {
      throw this.tokens.unexpected('a number or a text in single quotes');
    }
    this.tokens.take();
    // A version stays as it is written: as numbers 2.10 and 2.1 would be the same.
    const isNumber = value.kind === 'number' && name.text !== versionOption;
    section.options.add({
      name: name.text,
      operator,
      value: isNumber ? numberOf(value) : value.value,
      ...(isNumber && value.fraction ? { fraction: true } : {}),
      position: positionOf(name),
    });
  }

  private item(): ContextualizeItem {
    if (!this.tokens.at('system')) {
      throw this.tokens.unexpected("'system', or ')' (options come before the items)", ['system']);
    }
    const keyword = this.tokens.take();
    const system = this.tokens.expectKind('name', 'the name of a system');
    this.tokens.expect('configure');
    const configure = this.tokens.expectKind('name', 'the name of a configure');
    const item: ContextualizeItem = {
      system: system.text,
      configure: configure.text,
      step: 0,
      position: positionOf(keyword),
    };
    if (this.tokens.accept('step')) {
      item.step = this.whole(this.tokens.expectKind('number', 'the number of the step'));
    } else if (this.tokens.accept('with')) {
      const tool = this.tokens.expectKind('name', 'the name of the tool: Ansible or cloud_init');
      item.ctxtTool = toolNamed(tool.text);
    }
    return item;
  }

  private whole(token: Token): number {
    const value = numberOf(token);
    if (!Number.isInteger(value)) {
      throw new RadlError('syntax', `Parse error in: ${token.text}.`, {
        position: positionOf(token),
        expected: 'a whole number',
      });
    }
    return value;
  }

  private claim(keyword: Token, name: Token): void {
    const id = `${keyword.text} ${name.text}`;
    if (this.ids.has(id)) {
      throw new RadlError(
        'duplicate',
        `Aspect with the same id was found. There are two definitions of ${id}.`,
        {
          position: positionOf(keyword),
        },
      );
    }
    this.ids.add(id);
  }
}
