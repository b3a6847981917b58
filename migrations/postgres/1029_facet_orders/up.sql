-- Room beside the rows of an exception for their next versions, so that a command writes no entry of an index.
ALTER TABLE exception_facets SET (fillfactor = 70);
