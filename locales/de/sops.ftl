# die Verfahren
nav-sops = Verfahren
sop-why = Was ausgeführt wird, Wort für Wort. Eine veröffentlichte Fassung ändert sich nie; wer nach ihr beantragt hat, wird nach ihr und nach der neuesten beurteilt.
sop-title = Verfahren
sop-version = Fassung
sop-owner = Verantwortlich
sop-since = Seit
sop-review = Nächste Überprüfung
sop-late = Seine Überprüfung ist überfällig.
sop-retired = Außer Gebrauch
sop-retired-said = Dieses Verfahren ist außer Gebrauch: Nichts Neues beginnt nach ihm, und Ausnahmen nach ihm laufen weiter.
sop-scope = Umfasst
sop-audience = Für
sop-tools = Ohne Ausnahme erlaubt
sop-inputs = Darf eingegeben werden
sop-prohibited = Darf nie eingegeben werden
sop-excluded = Nie umfasst
sop-escalation = Der Reihe nach benachrichtigt, wenn es stockt
sop-records = Aufzeichnungen
sop-hash = SHA-256
sop-versions = Fassungen
sop-drawn = Die Schritte
sop-drawn-said = Sieben Schritte von oben nach unten, je mit dem, der handelt, und der Zahl der Regeln. Sie stehen darunter.
sop-mermaid = Dasselbe für Mermaid
sop-rules = { $count ->
    [one] { $count } Regel
   *[other] { $count } Regeln
}
sop-tiers = Stufen
sop-tier = Stufe
sop-quorum = Wer entscheidet
sop-longest = Längstens, in Tagen
sop-reviewed = Überprüft alle, in Tagen
sop-people = { $count } verschiedene Personen
sop-each = je eine als { $roles }
sop-rest = die übrigen aus { $roles }
sop-heard = Angehörte
sop-approvers = Genehmigende nach Stufe
sop-monitor = Wer überwacht
sop-hours = { $hours ->
    [one] Fällig binnen { $hours } Stunde
   *[other] Fällig binnen { $hours } Stunden
}
sop-lapse = Ein unberührter Entwurf verfällt nach { $days } Tagen.
sop-approval = Eine Genehmigung zählt { $days } Tage, solange die Runde offen ist.
sop-opens = Eine erneute Prüfung beginnt { $days } Tage vor ihrer Frist.
sop-grace = Ist sie { $days } Tage überfällig, wird ausgesetzt.
sop-revoked = Was { $days } Tage ausgesetzt war, wird widerrufen.
sop-remedy = Abhilfe:
sop-waivable = Erlassen kann es: { $role }.
sop-budgets = Hingenommene geltende Ausnahmen
sop-budget = { $clause } in { $unit }: { $most }
sop-budget-each-clause = jede Klausel
sop-budget-each-unit = jedem Geschäftsbereich
sop-budget-exceptions = Ausnahmen: { $count }
sop-budget-days = Tage zusammen: { $count }
split-title = Teilung: zwei Fassungen nebeneinander
split-begun = Seit dem { $day } laufen { $percent } von hundert neuen Ausnahmen nach Fassung { $variant }, die anderen nach Fassung { $published }.
split-over = Sie endete am { $day }: { $how }. Was unter ihrer Fassung eingereicht wurde, bleibt dabei.
split-held = Angehalten seit { $moment }: Was eingereicht wird, läuft allein nach der veröffentlichten Fassung.
split-few = Weniger als { $after } Anträge auf einer Seite sagen wenig.
split-figure = Zahl
split-submitted = Eingereichte Anträge
split-in-time = Rechtzeitig erledigte Aufgaben
split-errors = Anträge mit einem Fehler
split-failed-gates = … mit einer nicht erfüllten Prüfung
split-returns = … die zurückgegeben wurden
split-escalations = Eskalierte Anträge
split-median = Stunden bis zur Entscheidung, Median
split-p90 = Stunden bis zur Entscheidung, neun von zehn
split-ended = von Hand
split-published = eine Fassung wurde veröffentlicht
split-retired = das Verfahren wurde außer Gebrauch genommen
held-split_failed_gates = Anträge mit einer nicht erfüllten Prüfung: { $variant } von { $of }, nach der veröffentlichten Fassung { $published } von { $published-of }.
held-split_escalations = Eskalierte Anträge: { $variant } von { $of }, nach der veröffentlichten Fassung { $published } von { $published-of }.
arm-published = die veröffentlichte Fassung
arm-variant = die abgeteilte Fassung
