import { Command } from 'commander';
import { setPassword } from '../../api/users/contract.ts';
import { ask } from '../admin-client.ts';
import { examples } from '../examples.ts';
import type { Invocation } from '../invocation.ts';
import { chooseNewPassword, withNewPasswordOptions, type NewPasswordOptions } from '../new-password.ts';
import { withAdmin, withWhereOptions, type WhereOptions } from '../where.ts';

interface Options extends WhereOptions, NewPasswordOptions {}

export function userPasswd(invocation: Invocation): Command {
  const command = new Command('passwd')
    .description("Change somebody's password. The old one stops working at once; the user's tokens go on.")
    .summary("Change somebody's password.")
    .argument('<name>')
    .action((name: string, options: Options) => run(invocation, name, options));
  return examples(withWhereOptions(withNewPasswordOptions(command)), [
    ['havre user passwd bob', 'asks for the new password'],
    ['havre user passwd bob --generate', 'makes one'],
  ]);
}

async function run(invocation: Invocation, name: string, options: Options): Promise<void> {
  await withAdmin(invocation, options, async (connection) => {
    const password = await chooseNewPassword(invocation, options, name);
    const { user, generatedPassword } = await ask(connection, setPassword, { name, password });
    const text = [
      `Changed the password of ${name}.`,
      ...(generatedPassword === undefined ? [] : [`Password, shown this once: ${generatedPassword}`]),
    ].join('\n');
    invocation.show(options, { json: { ...user, password: generatedPassword }, text });
  });
}
