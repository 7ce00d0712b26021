import { DeleteDialog } from './delete-dialog.tsx';
import { KubernetesDialog } from './kubernetes-dialog.tsx';
import { LoginDialog } from './login-dialog.tsx';
import { RotateDialog } from './rotate-dialog.tsx';
import { TestDialog } from './test-dialog.tsx';
import type { Registry } from '../registries.ts';

export interface RegistryDialogProps {
  readonly registry: Registry;
  readonly onClose: () => void;
}

export type RegistryDialog = 'test' | 'rotate' | 'login' | 'kubernetes' | 'delete';

/** What is being done with a connection, in a window over the page. */
export interface Doing {
  readonly dialog: RegistryDialog;
  readonly registry: Registry;
}

interface RegistryDialogsProps {
  readonly doing: Doing | undefined;
  readonly onClose: () => void;
  readonly onDeleted?: () => void;
}

export function RegistryDialogs({ doing, onClose, onDeleted }: RegistryDialogsProps) {
  if (doing === undefined) return null;
  const { dialog, registry } = doing;
  switch (dialog) {
    case 'test':
      return <TestDialog registry={registry} onClose={onClose} />;
    case 'rotate':
      return <RotateDialog registry={registry} onClose={onClose} />;
    case 'login':
      return <LoginDialog registry={registry} onClose={onClose} />;
    case 'kubernetes':
      return <KubernetesDialog registry={registry} onClose={onClose} />;
    case 'delete':
      return <DeleteDialog registry={registry} onClose={onClose} onDeleted={onDeleted} />;
  }
}
