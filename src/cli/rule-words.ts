import type { RuleOutput } from '../api/rules/contract.ts';
import { durationInWords } from './wording.ts';

/** What a rule says, after the repositories it is about. */
export function ruleInWords(rule: RuleOutput): string {
  switch (rule.kind) {
    case 'immutable': {
      const except = rule.except.length === 0 ? '' : ` but ${rule.except.join(', ')}`;
      return `tags ${rule.tags.join(', ')}${except} stay where they are`;
    }
    case 'protected':
      return `tags ${rule.tags.join(', ')} are moved and deleted by ${namesOf(rule)}`;
    case 'pinned':
      return `manifest ${rule.digest} stays`;
    case 'age-floor':
      return `what was pushed less than ${durationInWords(rule.seconds)} ago is not deleted`;
    case 'trash':
      return rule.keepSeconds === 0
        ? 'what is deleted cannot be restored'
        : `what is deleted can be restored for ${durationInWords(rule.keepSeconds)}`;
    case 'expire': {
      const which = rule.tags === undefined ? 'what is pushed' : `what has tags ${rule.tags.join(', ')} alone`;
      return `${which} ends after ${durationInWords(rule.afterSeconds)}`;
    }
  }
}

function namesOf({ principals }: Extract<RuleOutput, { kind: 'protected' }>): string {
  if (principals.length === 0) return 'nobody';
  return `${principals.map(({ kind, name }) => `${kind} ${name}`).join(', ')} alone`;
}
