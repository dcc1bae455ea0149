/**
 * Rules as the text of one transaction: the table is declared, deleted and defined anew, so it is replaced whole or not at all, with
 * elements, live marks and quarantine restated.
 */
import type { Chain, SetShape, Side } from '#plan/network/nft/chains.ts';
import { chains, COUNTERS, isMap, otherSide, shapesFor } from '#plan/network/nft/chains.ts';
import { asksForPort } from '#plan/network/nft/compile-rules.ts';
import {
  renderAddresses,
  renderGrant,
  renderNear,
  renderPiece,
  renderPointer,
} from '#plan/network/nft/element-text.ts';
import type { Rules } from '#plan/network/nft/rules.ts';
import { TABLE } from '#plan/network/nft/rules.ts';
import { renderPoint } from '#plan/network/address-set.ts';

const HEAD = `table inet ${TABLE} {}\ndelete table inet ${TABLE}\n`;
export const UNLOAD_TEXT = HEAD;

/** `at` is the time at which the kernel gets it: what is left of each grant is counted from there. */
export function renderRules(rules: Rules, at: number): string {
  const parts = [
    ...COUNTERS.map((name) => block('counter', name, ['packets 0 bytes 0'])),
    ...setTexts(rules, 'a', at),
    ...chainsOf(rules, 'a').map(({ name, lines }) => block('chain', name, lines)),
  ];
  return `${HEAD}table inet ${TABLE} {\n${parts.join('\n')}}\n`;
}

/**
 * First half of a load that no packet notices: the sets of a side that nothing asks, and on the very first load chains that let everything
 * pass. What another load has left there goes.
 */
export function renderStage(rules: Rules, side: Side, at: number): string {
  const shapes = shapesFor(rules.links.length, side);
  const empty = shapes.map((shape) => renderSet(shape, []));
  const counters = COUNTERS.map((name) => `\tcounter ${name} {\n\t}\n`);
  const opened = chainsOf(rules, side).map(({ name, lines }) =>
    lines[0]?.startsWith('type ') === true ? '' : block('chain', name, []),
  );
  const remove = shapes.map((shape) => `delete ${isMap(shape) ? 'map' : 'set'} inet ${TABLE} ${shape.name}\n`);
  return [
    `table inet ${TABLE} {\n${[...counters, ...opened, ...empty].join('')}}\n`,
    ...remove,
    `table inet ${TABLE} {\n${setTexts(rules, side, at).join('')}}\n`,
  ].join('');
}

/** Second half: the chains ask this side, and the other one's sets go. `former`: how many links that one has; none on the first load. */
export function renderSwitch(rules: Rules, side: Side, former: number | undefined): string {
  const all = chainsOf(rules, side);
  const isBase = ([first = '']: readonly string[]): boolean => first.startsWith('type ');
  const declared = all.map(({ name, lines }) => block('chain', name, isBase(lines) ? lines.slice(0, 1) : []));
  const flushed = all.map(({ name }) => `flush chain inet ${TABLE} ${name}\n`);
  const filled = all.map(({ name, lines }) => block('chain', name, isBase(lines) ? lines.slice(1) : lines));
  const shapes = former === undefined ? [] : shapesFor(former, otherSide(side));
  const remove = shapes.map((shape) => `delete ${isMap(shape) ? 'map' : 'set'} inet ${TABLE} ${shape.name}\n`);
  return [
    `table inet ${TABLE} {\n${declared.join('')}}\n`,
    ...flushed,
    `table inet ${TABLE} {\n${filled.join('')}}\n`,
    ...remove,
  ].join('');
}

function chainsOf({ enforce, links }: Rules, side: Side): readonly Chain[] {
  return chains(enforce, links, side);
}

function setTexts(rules: Rules, side: Side, at: number): readonly string[] {
  return shapesFor(rules.links.length, side).map((shape) => renderSet(shape, elementsOf(shape, rules, at)));
}

function block(what: string, name: string, lines: readonly string[]): string {
  return `\t${what} ${name} {\n${lines.map((line) => `\t\t${line}\n`).join('')}\t}\n`;
}

function renderSet(shape: SetShape, elements: readonly string[]): string {
  const what = isMap(shape) ? 'map' : 'set';
  const listed = elements.length === 0 ? [] : [`elements = { ${elements.join(',\n\t\t\t     ')} }`];
  return block(what, shape.name, [...shape.head, ...listed]);
}

function elementsOf(shape: SetShape, rules: Rules, at: number): readonly string[] {
  switch (shape.kind) {
    case 'tuple':
    case 'rest':
      return shape.family === 4 ? pieces(rules.standing4, shape) : pieces(rules.standing6, shape);
    case 'pointer':
      return shape.family === 4 ? pointers(rules.pointers4, shape) : pointers(rules.pointers6, shape);
    case 'live':
      return rules.grants.flatMap((grant) => renderGrant(grant, at) ?? []);
    case 'address':
      return (shape.family === 4 ? rules.quarantined4 : rules.quarantined6).map(renderPoint);
    case 'asked':
      return shape.family === 4 ? rules.asked4.map(renderAddresses) : rules.asked6.map(renderAddresses);
    case 'heard':
      return []; // the kernel's own
    case 'near':
      return shape.family === 4 ? rules.near4.map(renderNear) : rules.near6.map(renderNear);
    case 'link': {
      const link = rules.links[Number(/^link(\d+)v/.exec(shape.name)?.[1])];
      return shape.family === 4 ? (link?.v4 ?? []).map(renderAddresses) : (link?.v6 ?? []).map(renderAddresses);
    }
  }
}

function pieces(all: Rules['standing4'] | Rules['standing6'], shape: SetShape): readonly string[] {
  const wanted = (one: Rules['standing4'][number] | Rules['standing6'][number]) =>
    shape.kind === 'rest' ? !asksForPort(one) : one.protocol.first === shape.protocol && asksForPort(one);
  const texts: string[] = [];
  for (const one of all) if (wanted(one)) texts.push(renderOne(one, shape));
  return texts;
}

function renderOne(one: Rules['standing4'][number] | Rules['standing6'][number], shape: SetShape): string {
  return typeof one.source.first === 'bigint'
    ? renderPiece(one as Rules['standing6'][number], shape) // bigints throughout
    : renderPiece(one as Rules['standing4'][number], shape); // numbers throughout
}

function pointers(all: Rules['pointers4'] | Rules['pointers6'], shape: SetShape): readonly string[] {
  const texts: string[] = [];
  for (const one of all) if (one.protocol === shape.protocol) texts.push(renderPointer<number | bigint>(one));
  return texts;
}
