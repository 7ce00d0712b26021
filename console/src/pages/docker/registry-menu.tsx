import { useNavigate } from '@tanstack/react-router';
import { FileKey2, FolderSearch, Pencil, PlugZap, RefreshCw, Terminal, Trash2, type LucideIcon } from 'lucide-react';
import { useTranslation } from 'react-i18next';
import { RowMenu, type RowAction } from '../../ui/row-menu.tsx';
import type { Doing, RegistryDialog } from './dialogs/registry-dialogs.tsx';
import type { Registry } from './registries.ts';

interface RegistryMenuProps {
  readonly registry: Registry;
  readonly onDo: (doing: Doing) => void;
  /** Not on the page that shows what is there. */
  readonly isBrowsable?: boolean;
}

/** What may be done with a connection by whoever looks at it; nothing where they may only look. */
export function RegistryMenu({ registry, onDo, isBrowsable = true }: RegistryMenuProps) {
  const { t } = useTranslation('registry');
  const navigate = useNavigate();
  const { id, name, abilities, logsIn } = registry;
  const opening = (dialog: RegistryDialog, icon: LucideIcon): RowAction => ({
    id: dialog,
    text: t(`action.${dialog}`),
    icon,
    onSelect: () => onDo({ dialog, registry }),
    isDangerous: dialog === 'delete',
  });
  const going = (place: 'edit' | 'browse', icon: LucideIcon): RowAction => ({
    id: place,
    text: t(`action.${place}`),
    icon,
    onSelect: () => void navigate({ to: place === 'edit' ? '/docker/$id/edit' : '/docker/$id', params: { id } }),
  });
  const mayUse = abilities.includes('use');
  const mayManage = abilities.includes('manage');
  const actions = [
    ...(mayUse ? [opening('test', PlugZap)] : []),
    ...(mayManage ? [going('edit', Pencil)] : []),
    ...(mayManage && registry.hasSecret ? [opening('rotate', RefreshCw)] : []),
    ...(mayUse && logsIn ? [opening('login', Terminal), opening('kubernetes', FileKey2)] : []),
    ...(mayUse && isBrowsable ? [going('browse', FolderSearch)] : []),
    ...(mayManage ? [opening('delete', Trash2)] : []),
  ];
  return <RowMenu label={t('action.of', { name })} actions={actions} />;
}
