# Was eine Begründung festhält, in denselben Stücken wie im Englischen.
# Regel 1
cited-one-browser = ein Browser handelt für zwei Genehmigende
cited-own-grant = wer genehmigt, überträgt nur, was ihm selbst erteilt wurde
cited-delegate-slot = eine Vertretung füllt den Platz der vertretenen Person
cited-delegation-in-force = vertreten wird nur, solange die Vertretung gilt
cited-one-slot = ein Mensch ein Platz, eine vertretene Person ein Platz
cited-quorum-full = Runde { $number } hat ihr volles Quorum für genau dieses Dossier
cited-quorum-lost = niemand kann das Quorum auf Stufe { $tier } füllen; gelockert wird es nie
cited-quorum-found = jeder Platz des Quorums ist wieder zu besetzen
cited-quorum-none = ein Antrag, den niemand genehmigen könnte, wird nicht angenommen
cited-no-party = weder Antragsteller noch Begünstigte
cited-kept-out = wer beantragt hat, begünstigt ist, bearbeitet oder bewertet hat, entscheidet nicht mit
cited-own-watch = niemand überwacht die eigene Ausnahme
# Regel 2
cited-exactly-dossier = eine Genehmigung nennt genau das Dossier, das angesehen wurde
cited-rejection-ends = eine berechtigte Ablehnung mit Begründung beendet die Runde
cited-condition = eine Auflage macht ein neues Dossier; Genehmigungen des alten sind hinfällig
cited-accepts = wer den Antrag gestellt hat, nimmt die Auflagen an
cited-accepted = wer den Antrag gestellt hat, hat die Auflagen angenommen
cited-voided = eine Genehmigung wurde hinfällig: { $said }
cited-one-round = nur eine Runde zur selben Zeit
# Regel 3
cited-not-waived = davon kann niemand eine Ausnahme gewähren: { $clauses-raw }
cited-screening = die Fragen der Vorprüfung werden bei jedem Antrag gestellt
cited-clauses-more = sie weicht auch ab von { $clauses-raw }
cited-clauses-stay = was bei Prüfung oder Bewertung ergänzt wurde, bleibt
# Regel 4
cited-renewed = die Ausnahme, die sie erneuert, ist in Kraft
cited-nothing-earlier = die Uhr führt aus, was fällig ist, und nichts früher
cited-ends = alles endet: { $said }
cited-period-passed = der Zeitraum, um den gebeten wurde, ist vorbei
cited-period-over = ihr Zeitraum ist vorbei
# Regel 5
cited-confidential = eine vertrauliche Ausnahme sehen die, die ihre Beteiligten benennen
cited-at-most = höchstens { $number } hat eine Ausnahme: { $said }
cited-never-enlarges = ein Zurücksetzen erweitert nie
# Regel 6
cited-people-decide = Maschinen bereiten vor, Menschen entscheiden
cited-machines = Maschinen bereiten vor: { $said }
cited-absence-over = die Zeit, bis zu der jemand abwesend war, ist vorbei
cited-absence-begun = die Zeit, ab der jemand abwesend ist, ist gekommen
cited-halt = eine Person darf anhalten, was von selbst läuft
cited-mass = eine Person darf die Wirkung nehmen, bis zu der Zahl der Verfahren
cited-mail-code = ein Code aus einer E-Mail genügt einmal in einer Runde, auf niedriger und mittlerer Stufe
cited-step-up = Stufe { $tier } verlangt eine kürzliche Anmeldung
# Regel 7
cited-two-people = von einer Person vorgeschlagen, von einer anderen bestätigt
cited-lowers-two = { $said }: von einer Person vorgeschlagen, von einer anderen bestätigt
cited-lowers-alone = { $said }: allein getan, da es noch keine zwei Personen der Governance gibt
cited-exactly-payload = eine Bestätigung nennt genau die Änderung, die angesehen wurde
cited-admin-alone = die Administration darf allein handeln
cited-shipped = was mit dem Dienst geliefert wird, setzt der Dienst selbst ein
cited-they-left = diese Person ist ausgeschieden
cited-they-proposed = diese Person hat es vorgeschlagen
cited-about-them = die Änderung betrifft diese Person
cited-own-delegate = niemand vertritt sich selbst
cited-own-role = niemand erteilt sich selbst eine Rolle
cited-lowers-address = die Adresse einer Person mit genehmigender oder verwaltender Rolle wird geändert
cited-lowers-return = jemand kehrt in eine genehmigende oder verwaltende Rolle zurück
cited-lowers-merge = zwei Konten werden zu einem Menschen vereint
cited-lowers-password = das Kennwort einer Person mit genehmigender oder verwaltender Rolle wird von jemand anders gesetzt
cited-lowers-grant = eine genehmigende oder verwaltende Rolle wird erteilt
cited-lowers-governance = es blieben weniger als zwei Personen der Governance
cited-lowers-publish = eine Fassung eines Verfahrens wird veröffentlicht
cited-lowers-split = eine Fassung eines Verfahrens wird abgespalten
cited-lowers-split-released = eine angehaltene Abspaltung nimmt wieder neue Anträge auf
cited-lowers-retire = ein Verfahren wird außer Dienst gestellt
cited-lowers-register = eine inhaltlich neue Fassung des Registers wird veröffentlicht
cited-lowers-release = angehaltene Automatik läuft wieder
cited-lowers-incident = es öffnet oder setzt mehr Ausnahmen auf einmal aus, als ihre Verfahren einer Person überlassen
# Prüfungen und Lücken, in jedem Schritt
cited-fails = nicht erfüllt: { $gates-raw }
cited-gaps = nicht auszuwerten: { $gaps }; die Governance klärt es
cited-gap = nicht auszuwerten ({ $why-text }): die Governance klärt es
cited-gap-of = { $rule-code } ({ $why-text })
cited-gap-settle = eine Regel, die nicht auszuwerten war, klärt zuerst die Governance
cited-gap-expression = der Ausdruck gehört nicht zu diesem Verfahren
cited-gap-broke-off = die Auswertung brach ab
cited-gap-slow = es dauerte länger als { $number } ms
cited-gap-type = es ergibt { $type-code }, nicht wahr oder falsch
cited-gap-fact = es gibt keine Tatsache `{ $fact-code }`
cited-gap-dimension = keine Dimension trifft auf diesen Antrag zu
cited-waived = davon abgesehen hat: { $role }
cited-waivable = nur von einer Prüfung, die dafür eine Rolle nennt, wird abgesehen, und nur, wo sie im Weg steht
cited-role-named = das steht der Rolle zu, die das Verfahren nennt
# Schritt 1
cited-submitted = eingereicht; die automatischen Prüfungen wurden ausgeführt
cited-returns-limit = { $number }-mal zurückgegeben, die Grenze des Verfahrens
cited-attachments = so viele Anhänge, wie ein Antrag haben darf
cited-lapsed = so lange nicht angefasst, wie das Verfahren auf den Antragsteller wartet
cited-lapse-near = verfällt in { $number } Tagen oder weniger
cited-field-left-out = verlangt ein Feld, das der Antrag offen lässt
# Schritt 2
cited-passed = für vollständig befunden
cited-returned = zurückgegeben: { $codes-raw }
cited-returns-review = { $number }-mal zurückgegeben: Geben Sie den Antrag weiter, oder lassen Sie ihn zurückziehen
# Schritt 3
cited-assessed = { $dimension }: { $number } von 100 nach den Kriterien des Verfahrens
cited-rated-plain = keine Regel der Bewertung trifft zu, also ist die Stufe { $tier }
cited-override-lowers = berechnet: { $tier }; von Hand darf die Stufe nur steigen
cited-override = berechnet: { $tier }, mit schriftlicher Begründung gesetzt auf { $set-tier }
# Schritt 4
cited-asks = Stufe { $tier } fragt: { $roles }
cited-answered = { $role } hat geantwortet: { $recommendation }
# Schritt 5
cited-quorum = Stufe { $tier } braucht { $needs }; vorhanden: { $number } ({ $roles })
cited-quorum-empty = Stufe { $tier } braucht { $needs }; noch keine vorhanden
cited-quorum-slots = { $number ->
    [one] eine Genehmigung
   *[other] { $number } Genehmigungen
  } aus: { $roles }
cited-round-opened = Runde { $number } auf Stufe { $tier } eröffnet
cited-objected = ein Berater hat widersprochen
cited-acknowledges = wer genehmigt, bestätigt jede hohe und kritische Feststellung
cited-asked-changes = jemand, der mitentscheidet, hat Änderungen verlangt
cited-returns-decision = { $number }-mal zurückgegeben: Genehmigen Sie oder lehnen Sie ab
cited-accepted-late = Auflagen werden angenommen, sobald das Quorum voll ist
cited-tier-unnamed = auf einer Stufe, die das Verfahren nicht nennt, kann nicht genehmigt werden
cited-tier-not-named = auf einer Stufe, die es nicht nennt, kann nicht genehmigt werden
cited-tier-not-allowed = das Verfahren erlaubt auf Stufe { $tier } keine Ausnahmen
cited-permanent-not = auf Stufe { $tier } gilt nichts auf Dauer; der längste Zeitraum beträgt { $number } Tage
cited-period-long = auf Stufe { $tier } beträgt der längste Zeitraum { $number } Tage; beantragen Sie weniger
cited-reach = auf Stufe { $tier } reicht eine Genehmigung höchstens { $number } Tage voraus
cited-periods = die längste Dauer jeder Stufe
cited-period-tier = der längste Zeitraum einer Stufe
cited-more-approvers = verlangt mehr als die, die genehmigt haben
# Schritt 6
cited-activated = ihr Beginn ist gekommen, ihre Maßnahmen sind bestätigt, ihre Genehmigenden noch berechtigt
cited-control-confirmed = eine Maßnahme wurde bestätigt
cited-evidence = Nachweis einer Maßnahme
cited-evidence-ended = der Nachweis einer Maßnahme gilt nicht mehr
cited-control-late = eine Maßnahme wurde nicht rechtzeitig bestätigt
# Schritt 7
cited-control-failed = eine Maßnahme ist gescheitert
cited-extensions = die Grenzen des Verfahrens für Verlängerungen
cited-reopened = erneut geöffnet: { $cause-text }
cited-reopened-limit = { $number }-mal erneut geöffnet, die Grenze des Verfahrens: Setzen Sie aus oder widerrufen Sie
cited-suspended = ausgesetzt: { $cause-text }
cited-revoked = widerrufen: { $cause-text }
cited-stale = { $cause-text }: { $said } { $entry-code } hat die inhaltlich neue Fassung { $number }
cited-unsettled = die Aussetzung wurde nicht rechtzeitig geklärt
cited-review-due = ihre erneute Prüfung ist fällig
cited-limit = { $said }: { $number }, die Grenze des Verfahrens
cited-left = ausgeschieden: { $said }
cited-moved = arbeitet in einer anderen Einheit oder Region: { $said }
cited-end-near = bis zu ihrem Ende sind es { $number } Tage oder weniger
cited-due-soon = die Aufgabe ist bald fällig
cited-overdue = die Aufgabe wurde nicht rechtzeitig erledigt
cited-given-back-left = wer die Aufgabe hatte, ist ausgeschieden: Sie gehört allen mit ihrer Rolle
cited-given-back-late = wer die Aufgabe hat, hat sie nicht rechtzeitig erledigt: Sie gehört allen mit ihrer Rolle
cited-given-back-away = wer die Aufgabe hat, ist abwesend: Sie gehört allen mit ihrer Rolle
cited-assigned = eine Aufgabe geht an jemanden, der sie erledigen darf
cited-escalated = eskaliert an { $roles }
cited-uncovered = wer es darf, ist abwesend: Die Governance sorgt dafür, dass jemand es kann
cited-covered = für alles Offene ist wieder jemand da
cited-incident = ein Vorfall der Schwere { $tier } wurde gemeldet zu { $about-raw }
cited-over-budget = mehr Ausnahmen, als das Budget hinnimmt: Vielleicht ist die Regel falsch, nicht die Teams
cited-sop-review = die Überprüfung ist fällig, oder seine eigenen Zahlen steigen
cited-tolerated = was gezählt wurde, wird wieder hingenommen
cited-answered-by-version = die nächste Fassung des Verfahrens beantwortet es
cited-split-beyond = bei der abgespaltenen Fassung geht mehr schief, als ihre Grenzen zulassen: Nichts Neues läuft nach ihr
cited-answers = wer gefragt ist, antwortet schriftlich
# was darin ein Code oder ein Wort benennt
cited-code-changes-requested = Änderungen wurden verlangt
cited-code-dossier-changed = das Dossier hat sich geändert
cited-code-role-lost = die Rolle ging verloren
cited-code-same-person = es ist derselbe Mensch
cited-code-round-ended = die Runde ist beendet
cited-code-rules-changed = das Verfahren hat sich geändert
cited-code-approval-lapsed = die Genehmigung ist verfallen
cited-code-review-due = die Prüfung ist fällig
cited-code-review-overdue = die Prüfung ist überfällig
cited-code-reaffirmation-overdue = nicht rechtzeitig bestätigt
cited-code-non-waivable = davon kann niemand eine Ausnahme gewähren
cited-code-policy-changed = eine Richtlinie hat sich geändert
cited-code-regulation-changed = eine Vorschrift hat sich geändert
cited-code-system-changed = ein System hat sich geändert
cited-code-system-retired = ein System ist außer Dienst
cited-code-clause-added = eine Klausel wurde ergänzt
cited-code-control-lapsed = eine Maßnahme ist abgelaufen
cited-code-control-failed = eine Maßnahme ist gescheitert
cited-code-evidence-expired = ein Nachweis gilt nicht mehr
cited-code-incident = ein Vorfall
cited-code-suspension-not-settled = die Aussetzung wurde nicht geklärt
cited-code-scored-higher = ein neueres Verfahren stuft sie höher ein
cited-code-requester-left = wer sie beantragt hat, ist ausgeschieden
cited-code-beneficiary-left = die begünstigte Person ist ausgeschieden
cited-code-sponsor-left = der Fürsprecher ist ausgeschieden
cited-code-monitoring-owner-left = wer sie überwacht, ist ausgeschieden
cited-code-requester-moved = wer sie beantragt hat, arbeitet jetzt anderswo
cited-code-beneficiary-moved = die begünstigte Person arbeitet jetzt anderswo
cited-code-sponsor-moved = der Fürsprecher arbeitet jetzt anderswo
cited-code-monitoring-owner-moved = wer sie überwacht, arbeitet jetzt anderswo
cited-part-requester = wer sie beantragt hat
cited-part-beneficiary = die begünstigte Person
cited-part-sponsor = der Fürsprecher
cited-part-monitoring-owner = wer sie überwacht
cited-entry-policy = Richtlinie
cited-entry-regulation = Regelwerk
cited-entry-system = System
cited-loop-returns = Rückgaben
cited-loop-reopenings = erneute Prüfungen
cited-loop-reminders = Erinnerungen
cited-loop-escalations = Eskalationen
cited-loop-links = Verweise
cited-loop-watchers = Folgende
