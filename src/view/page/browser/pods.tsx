import { useRef } from 'preact/hooks';
import type { PodPicture } from '../../picture.ts';
import { podMarks, shortName, statusWord } from '../../text/marks.ts';
import { podWords } from './words.ts';

/** From here on pods are marks without names. */
const crowd = 24;

/** One stop of the Tab key; arrow keys go from pod to pod, as in a toolbar (ARIA authoring practices, roving tabindex). */
export function Pods({ pods, onPod }: { pods: readonly PodPicture[]; onPod(pod: PodPicture): void }) {
  const list = useRef<HTMLUListElement>(null);
  const onKeyDown = (event: KeyboardEvent): void => {
    const buttons = [...(list.current?.querySelectorAll('button') ?? [])];
    const at = buttons.indexOf(document.activeElement as HTMLButtonElement);
    const to = { ArrowDown: at + 1, ArrowRight: at + 1, ArrowUp: at - 1, ArrowLeft: at - 1, Home: 0, End: buttons.length - 1 }[event.key];
    const next = to === undefined ? undefined : buttons[Math.max(0, Math.min(buttons.length - 1, to))];
    if (next === undefined) return;
    event.preventDefault();
    for (const button of buttons) button.tabIndex = button === next ? 0 : -1;
    next.focus();
  };
  if (pods.length === 0) return <p class="none">no pods</p>;
  return (
    <ul class={pods.length > crowd ? 'pods crowd' : 'pods'} ref={list} onKeyDown={onKeyDown}>
      {pods.map((pod, index) => (
        <li key={pod.uid}>
          <button type="button" class={`pod ${pod.tone}`} data-pod={pod.uid} tabIndex={index === 0 ? 0 : -1} onClick={() => onPod(pod)}>
            <span class="mark" aria-hidden="true">
              {podMarks[pod.tone].mark}
            </span>
            <span class="name">{shortName(pod)}</span>
            {pod.restarts > 0 && <span class="restarts">↻{pod.restarts}</span>}
            <span class="unseen">{podWords(pod)}</span>
            {statusWord(pod) !== '' && <span class="status">{statusWord(pod)}</span>}
          </button>
        </li>
      ))}
    </ul>
  );
}
