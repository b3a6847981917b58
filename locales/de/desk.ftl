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
