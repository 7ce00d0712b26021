import { Command } from 'commander';
import { addUser } from '../../api/users/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { chooseNewPassword, withNewPasswordOptions, type NewPasswordOptions } from '../new-password.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions, NewPasswordOptions {
  readonly admin?: true;
}

export function userAdd(invocation: Invocation): Command {
  const command = new Command('add')
    .description('Add somebody who logs in with a password.')
    .argument('<name>', 'letters, digits and . _ @ + -')
    .option('--admin', 'may do everything, and govern users, tokens and grants')
    .action((name: string, options: Options) => run(invocation, name, options));
  return examples(withWhereOptions(withNewPasswordOptions(command)), [
    ['havre user add bob', 'asks for the password'],
    ['havre user add bob --generate', 'makes one'],
    ['havre user add root --admin --password-stdin < password.txt'],
  ]);
}

async function run(invocation: Invocation, name: string, options: Options): Promise<void> {
  await withAdmin(invocation, options, async (connection) => {
    const password = await chooseNewPassword(invocation, options, name);
    const isAdministrator = options.admin === true;
    const { user, generatedPassword } = await ask(connection, addUser, { name, password, isAdministrator });
    const text = [
      isAdministrator ? `Added ${name}, who may do everything.` : `Added ${name}.`,
      ...(generatedPassword === undefined ? [] : [`Password, shown this once: ${generatedPassword}`]),
    ].join('\n');
    invocation.show(options, { json: { ...user, password: generatedPassword }, text });
    if (!isAdministrator && options.json === undefined) {
      invocation.remark(`What ${name} may do, grants say: havre grant add --user ${name} 'team/**' pull,push`);
    }
  });
}
