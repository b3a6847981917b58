# assessing and deciding
decision-title = Entscheiden
decision-changes = Was sich von Fassung zu Fassung geändert hat
decision-void = Die Zustimmung von { $who } ({ $at }) galt einem anderen Dossier und zählt nicht mehr.
ballot-heading = Ihre Entscheidung
ballot-about = Sie gilt genau dem, was oben steht: Dossier
ballot-about-only = Ändert sich vorher etwas daran, ist nichts entschieden.
ballot-for-whom = Für wen Sie entscheiden
ballot-myself = für mich selbst
ballot-in-place = Sie entscheiden an Stelle von { $name }, die oder der es Ihnen übertragen hat. Zustimmen dürfen Sie; ablehnen oder ändern lassen nicht.
ballot-findings = Die schwersten Feststellungen
ballot-findings-hint = Haken Sie jede ab, die Sie gelesen haben. Ohne das stimmt niemand zu.
ballot-unread = Haken Sie jede Feststellung ab, die Sie gelesen haben.
ballot-departure = Warum Sie vom Rat abweichen
ballot-departure-hint = Nötig, um dem zuzustimmen, wovon abgeraten wird.
ballot-approve = Zustimmen
ballot-conditions = Auflagen
ballot-conditions-hint = Eine je Zeile. Mit ihnen entsteht ein neues Dossier, dem Sie zustimmen.
ballot-no-condition = Schreiben Sie mindestens eine Auflage.
ballot-approve-bound = Unter Auflagen zustimmen
ballot-reason = Grund
ballot-reason-hint = Nötig, um ändern zu lassen oder abzulehnen; wer den Antrag stellt, liest ihn.
ballot-own = Ablehnen oder ändern lassen kann nur, für wen Sie handeln: wählen Sie sich selbst, oder genehmigen Sie.
ballot-no-reason = Sagen Sie, warum: Wer den Antrag stellt, liest es.
ballot-changes = Ändern lassen
ballot-reject = Ablehnen
assess-title = Bewerten
assess-dimensions = Was zu bewerten ist
assess-points = Punkte
assess-weight = { $weight ->
    [one] Zählt einfach.
   *[other] Zählt { $weight }-fach.
}
assess-findings = Was Sie festgestellt haben
assess-findings-hint = Wer entscheidet, liest jede Feststellung und bestätigt die von hoher und kritischer Schwere.
assess-finding-text = Feststellung { $number }
assess-finding-severity = Wie schwer wiegt Feststellung { $number }?
assess-finding-mitigation = Was wird gegen Feststellung { $number } getan?
assess-tier = Eine andere Stufe
assess-tier-hint = Nur, wo die berechnete Stufe in die Irre führt. Der Grund steht in der Akte.
assess-override = Die Stufe, die zählen soll
assess-override-reason = Warum die berechnete Stufe nicht passt
assess-button = Diese Bewertung abgeben
assess-how = Wie aus Punkten eine Stufe wird
assess-how-text = Der Wert einer Dimension sind ihre gewichteten Punkte in Prozent des Möglichen. Die erste Regel, die gilt, gibt die Stufe, von der höchsten abwärts:
