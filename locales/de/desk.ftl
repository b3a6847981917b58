# desk
desk-mine = Wartet auf mich
desk-waiting = Wartet auf andere
desk-decided = Entschieden
desk-fix = Nachbessern
desk-none = Hier ist jetzt nichts.
desk-do = Was zu tun ist
desk-claim = Übernehmen
desk-release = Zurückgeben
desk-hand-on = Weitergeben
absence-title = Abwesenheit
absence-starts = Erster Tag der Abwesenheit
absence-starts-hint = Leer lassen, um ab sofort abwesend zu sein.
absence-ends = Erster Tag zurück
absence-ends-hint = Bis dieser Tag beginnt, sind Sie abwesend, nach Ihrer eigenen Uhr.
absence-stand-in = An wen man sich solange wendet
absence-stand-in-hint = Die Administration sieht den Namen. Rechte gibt das keine: Wer genehmigt und möchte, dass jemand an seiner Stelle handelt, benennt eine Vertretung.
absence-means = Während Sie abwesend sind, geht Übernommenes an seine Rolle zurück, wenn darin sonst jemand da ist, und Neues erfahren die anderen an Ihrer Stelle. Wo sonst niemand darf, erfährt es die Governance.
absence-rights = Handeln dürfen Sie weiterhin, und nichts davon geht verloren.
absence-button = Mitteilen
absence-end = Ich bin zurück
absence-known = Sie sind vom { $from } bis zum { $until } abwesend.
absence-known-named = Sie sind vom { $from } bis zum { $until } abwesend. Solange wendet man sich an { $name }.
desk-tick = Ankreuzen
desk-ticked = Mit den angekreuzten Aufgaben:
together-assign = Mehrere Aufgaben zuweisen
together-remind = An mehrere Aufgaben erinnern
together-text-assign = Jede Aufgabe, die angekreuzt bleibt, geht an die Person, die Sie wählen, wenn diese sie erledigen darf.
together-text-remind = Wer eine Aufgabe hat, die angekreuzt bleibt, oder sie übernehmen darf, bekommt einen Brief. Wie oft an eine Ausnahme erinnert wird, begrenzt ihr Verfahren.
together-tasks = Aufgaben
together-to = An wen
together-to-hint = Wer mindestens eine dieser Aufgaben erledigen darf.
together-none = Kreuzen Sie mindestens eine Aufgabe an.
together-many = { $most ->
    [one] Auf einmal geht höchstens eine Aufgabe. Kreuzen Sie weniger an.
   *[other] Auf einmal gehen höchstens { $most } Aufgaben. Kreuzen Sie weniger an.
}
together-nobody = Wählen Sie, an wen.
together-became = Was aus jeder wurde
together-outcome = Ergebnis
together-yes = Erledigt
together-no = Nicht erledigt
together-done-assign = Zugewiesen.
together-done-remind = Erinnert.
together-gone = Eine solche offene Aufgabe gibt es für Sie nicht mehr.
together-back = Zurück zu den Aufgaben
