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
