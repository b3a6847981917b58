# desk
desk-mine = Needs me
desk-waiting = Waiting on others
desk-decided = Decided
desk-fix = Fix queue
desk-none = Nothing here now.
desk-do = What to do
desk-claim = Take it
desk-release = Give it back
desk-hand-on = Hand it on
absence-title = Out of office
absence-starts = First day away
absence-starts-hint = Leave it empty to be away from now on.
absence-ends = First day back
absence-ends-hint = Until this day begins you are away, by your own clock.
absence-stand-in = Whom to turn to meanwhile
absence-stand-in-hint = Administrators see the name. It gives no right: an approver who wants somebody to act in their place delegates.
absence-means = While you are away, what you have taken on goes back to its role if somebody else of it is there, and they are told of new work in your place. Where nobody else can do it, governance is told.
absence-rights = You may still act, and nothing of it is lost.
absence-button = Say so
absence-end = I am back
absence-known = You are away from { $from } until { $until }.
absence-known-named = You are away from { $from } until { $until }. Meanwhile people turn to { $name }.
desk-tick = Tick
desk-ticked = With the tasks that you ticked:
together-assign = Assign several tasks
together-remind = Remind of several tasks
together-text-assign = Each task that you leave ticked goes to the person whom you choose, if they may do it.
together-text-remind = Whoever has a task that you leave ticked, or may take it, gets a letter. A procedure limits how often people are reminded of one exception.
together-tasks = Tasks
together-to = To whom
together-to-hint = Those who may do at least one of these tasks.
together-none = Tick at least one task.
together-many = { $most ->
    [one] At most one task goes at a time. Tick fewer.
   *[other] At most { $most } tasks go at a time. Tick fewer.
}
together-nobody = Choose to whom.
together-became = What became of each
together-outcome = Outcome
together-yes = Done
together-no = Not done
together-done-assign = Assigned.
together-done-remind = Reminded.
together-gone = There is no such open task for you any more.
together-back = Back to the desk
