import { Message, MessageBody, MessageIcon } from '@ovhcloud/ods-react';
import type { ReactNode } from 'react';

interface ToldProps {
  readonly mood: 'good' | 'notice' | 'bad';
  readonly children: ReactNode;
}

const LOOKS = {
  good: { color: 'success', icon: 'circle-check' },
  notice: { color: 'warning', icon: 'triangle-exclamation' },
  bad: { color: 'critical', icon: 'circle-xmark' },
} as const;

/** What came of something that was asked for. */
export function Told({ mood, children }: ToldProps) {
  const { color, icon } = LOOKS[mood];
  return (
    <Message color={color} dismissible={false} role="status">
      <MessageIcon name={icon} />
      <MessageBody>{children}</MessageBody>
    </Message>
  );
}
