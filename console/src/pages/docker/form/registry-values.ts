import type { InputOf } from '../../../api/call.ts';
import type { addRegistry, changeRegistry } from '../../../../../src/api/registries/contract.ts';
import type { Registry } from '../registries.ts';
import type { Kind } from '../registry-names.ts';

/** What stands in the form: texts, as they were typed. */
export interface RegistryValues {
  readonly project: string;
  readonly name: string;
  readonly kind: Kind;
  readonly url: string;
  readonly region: string;
  readonly form: string;
  readonly username: string;
  readonly secret: string;
  readonly fields: Readonly<Record<string, string>>;
  readonly authorities: string;
  readonly clientCertificate: string;
  readonly clientKey: string;
  readonly testRepository: string;
  /** A day, as a date field has it. */
  readonly expires: string;
  readonly rotateAfterDays: string;
  readonly isAutomatic: boolean;
}

export type NewRegistry = InputOf<typeof addRegistry>;
export type RegistryChanges = Omit<InputOf<typeof changeRegistry>, 'id'>;

export function newValues(project: string, kind: Kind, url: string): RegistryValues {
  return {
    project,
    name: nameFor(url),
    kind,
    url,
    region: '',
    form: '',
    username: '',
    secret: '',
    fields: {},
    authorities: '',
    clientCertificate: '',
    clientKey: '',
    testRepository: '',
    expires: '',
    rotateAfterDays: '',
    isAutomatic: false,
  };
}

/** The secrets of a registry are never told, so they are empty here. */
export function valuesOf(registry: Registry): RegistryValues {
  const { project, name, kind, url, isPlainHttp, form, username, fields, credential } = registry;
  return {
    project,
    name,
    kind,
    url: isPlainHttp ? `http://${url}` : url,
    region: registry.region ?? '',
    form,
    username,
    secret: '',
    fields: { ...fields },
    authorities: registry.authorities ?? '',
    clientCertificate: registry.clientCertificate ?? '',
    clientKey: '',
    testRepository: registry.testRepository ?? '',
    expires: credential.expirySource === 'hand' ? dayOf(credential.expiresAt) : '',
    rotateAfterDays: String(credential.rotateAfterDays),
    isAutomatic: credential.isAutomatic,
  };
}

/** What is sent of a new one: what was left empty is not said. */
export function newRegistryOf(values: RegistryValues): NewRegistry {
  const { project, name, kind, url, fields, expires, rotateAfterDays, isAutomatic, ...texts } = values;
  return {
    project,
    name,
    kind,
    url,
    ...said(texts),
    ...(Object.values(fields).some((value) => value !== '') && { fields: given(fields) }),
    ...(expires !== '' && { expiresAt: endOfDay(expires) }),
    ...(rotateAfterDays !== '' && { rotateAfterDays: Number(rotateAfterDays) }),
    ...(isAutomatic && { isAutomatic }),
  };
}

/** What is sent of one that is there: what was changed, and secrets where they were given. */
export function changesOf(values: RegistryValues, before: RegistryValues): RegistryChanges {
  const { name, kind, url, region, form, username, authorities, clientCertificate, testRepository } = values;
  const texts = { name, kind, url, region, form, username, authorities, clientCertificate, testRepository };
  const changed = Object.entries(texts).filter(([field, value]) => value !== before[field as keyof typeof texts]);
  const { secret, clientKey, fields, expires, rotateAfterDays, isAutomatic } = values;
  return {
    ...Object.fromEntries(changed),
    ...said({ secret, clientKey }),
    ...(!isSame(fields, before.fields) && { fields: { ...fields } }),
    ...(expires !== before.expires && { expiresAt: expires === '' ? null : endOfDay(expires) }),
    ...(!['', before.rotateAfterDays].includes(rotateAfterDays) && { rotateAfterDays: Number(rotateAfterDays) }),
    ...(isAutomatic !== before.isAutomatic && { isAutomatic }),
  };
}

/** A name that says where it leads, until somebody has a better one. */
export function nameFor(url: string): string {
  return url
    .trim()
    .replace(/^[a-z]+:\/\//i, '')
    .replace(/\/.*$/, '');
}

/** What ends on a day is good until that day is over, where people are. */
export function endOfDay(day: string): string {
  return new Date(`${day}T23:59:59`).toISOString();
}

function dayOf(time: string | null): string {
  if (time === null) return '';
  const at = new Date(time);
  const two = (number: number): string => String(number).padStart(2, '0');
  return `${at.getFullYear()}-${two(at.getMonth() + 1)}-${two(at.getDate())}`;
}

function said<Name extends string>(texts: Readonly<Record<Name, string>>): { [Field in Name]?: string } {
  return given(texts) as { [Field in Name]?: string };
}

function given(fields: RegistryValues['fields']): Record<string, string> {
  return Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== ''));
}

function isSame(one: RegistryValues['fields'], other: RegistryValues['fields']): boolean {
  const names = new Set([...Object.keys(one), ...Object.keys(other)]);
  return [...names].every((name) => (one[name] ?? '') === (other[name] ?? ''));
}
