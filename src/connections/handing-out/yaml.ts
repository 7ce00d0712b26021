/** What YAML would not take for anything but this text, without quotes: no number, no `no`, nothing of its syntax. */
const PLAIN = /^(?!(?:true|false|null|yes|no|on|off|y|n)$)[A-Za-z./](?:[\w./-]*\w)?$/i;

export type YamlValue = string | number | boolean | YamlMapping;

export interface YamlMapping {
  readonly [key: string]: YamlValue;
}

/** A document of mappings and texts, as Kubernetes reads it. Texts that need quotes have those of JSON, which are YAML's. */
export function yamlOf(mapping: YamlMapping, indent = ''): string {
  return Object.entries(mapping)
    .map(([key, value]) =>
      typeof value === 'object'
        ? `${indent}${scalar(key)}:\n${yamlOf(value, `${indent}  `)}`
        : `${indent}${scalar(key)}: ${scalar(value)}\n`,
    )
    .join('');
}

function scalar(value: string | number | boolean): string {
  return typeof value === 'string' && PLAIN.test(value) ? value : JSON.stringify(value);
}
