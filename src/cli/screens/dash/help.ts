/** What `?` shows. */
export const help = [
  'arrows      move between nodes and pods          Tab   next pane',
  'Enter       all about what is under the cursor   w     why is it so?',
  'l           logs of the pod (Esc closes them)    e     a shell in the pod',
  's  +  -     scale the workload                   o     open the service in a page',
  'x           delete the pod; kill or start the node',
  'c           cordon or uncordon the node          d     drain the node',
  'n           choose a namespace                   /     filter by name',
  'q           quit                                 ?     this help',
  '',
  '● ready   ◐ starting   ○ pending   ✗ failing   ◌ terminating   ✓ completed',
  'cpu and mem: what pods ask for, of what the node offers.',
];
