# what came from other registers
ratification-title = Imported, and waiting for a decision
ratification-why = What came from another register has no effect here until its quorum decides. What was approved there counts as no approval here.
ratification-none = Nothing waits.
ratification-from = From
ratification-until = Until
ratification-permanent = No planned end
ratification-state = Decision
ratification-quorum = { $given } of { $needed } approvals
ratification-decide = Decide
ratification-fix = Imported ones in the fix queue
ratification-all = All that were imported
imported-fact = Imported from
imported-from = { $source }, where it is called { $reference }
imported-live = It was in effect there; it has none here until its quorum decides.
imported-ended = It had ended there. It is history, and counts nowhere as an approval made here.
imported-changed = It was changed here since.
imported-row = The row as it was
