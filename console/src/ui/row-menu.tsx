import { Button, Menu, MenuContent, MenuItem, MenuTrigger } from '@ovhcloud/ods-react';
import { EllipsisVertical, type LucideIcon } from 'lucide-react';
import css from './row-menu.module.css';

export interface RowAction {
  readonly id: string;
  readonly text: string;
  readonly icon: LucideIcon;
  readonly onSelect: () => void;
  readonly isDangerous?: boolean;
}

interface RowMenuProps {
  /** Of what these are the actions. */
  readonly label: string;
  /** Only those that may be done. */
  readonly actions: readonly RowAction[];
}

/** What can be done with one row of a list. */
export function RowMenu({ label, actions }: RowMenuProps) {
  if (actions.length === 0) return null;
  return (
    <Menu>
      <MenuTrigger asChild>
        <Button variant="ghost" color="neutral" size="xs" aria-label={label} title={label}>
          <EllipsisVertical size={16} aria-hidden />
        </Button>
      </MenuTrigger>
      <MenuContent>
        {actions.map(({ id, text, icon: Icon, onSelect, isDangerous = false }) => (
          <MenuItem key={id} value={id} onSelect={onSelect} className={isDangerous ? css['danger'] : undefined}>
            <Icon size={16} aria-hidden /> {text}
          </MenuItem>
        ))}
      </MenuContent>
    </Menu>
  );
}
