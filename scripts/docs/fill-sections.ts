const SECTION = /(?<=<!-- generated: ([^>]+?) -->\n)[\s\S]*?(?=<!-- end of generated -->)/gu;
const START = /<!-- generated: /gu;

/**
 * A Markdown text with everything between `<!-- generated: <name> -->` and `<!-- end of generated -->` replaced by the section of
 * that name; `used` gets the names. Throws an Error that names a section which nobody makes, and for a place without an end.
 */
export function fillSections(text: string, sections: ReadonlyMap<string, string>, used: Set<string>): string {
  let places = 0;
  const filled = text.replaceAll(SECTION, (_old, name: string) => {
    const section = sections.get(name);
    if (section === undefined) {
      throw new Error(`nobody makes a section "${name}"; there are: ${[...sections.keys()].join(', ')}`);
    }
    places += 1;
    used.add(name);
    return `${section}\n`;
  });
  // Without this a place whose end somebody deleted would just stay as it is, for ever.
  if (places !== (text.match(START) ?? []).length) throw new Error('a generated section has no end');
  return filled;
}
