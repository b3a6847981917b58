# was aus anderen Registern kam
ratification-title = Übernommen, Entscheidung steht aus
ratification-why = Was aus einem anderen Register kam, gilt hier erst, wenn sein Quorum entschieden hat. Was dort genehmigt wurde, zählt hier als keine Genehmigung.
ratification-none = Nichts steht aus.
ratification-from = Woher
ratification-until = Bis
ratification-permanent = Ohne geplantes Ende
ratification-state = Entscheidung
ratification-quorum = { $given } von { $needed } Genehmigungen
ratification-decide = Entscheiden
ratification-fix = Übernommene, denen noch etwas fehlt
ratification-all = Alles, was übernommen wurde
imported-fact = Übernommen aus
imported-from = { $source }, heißt dort { $reference }
imported-live = Sie galt dort; hier gilt sie erst, wenn ihr Quorum entschieden hat.
imported-ended = Sie war dort zu Ende. Sie ist Vergangenheit und zählt nirgends als eine Genehmigung von hier.
imported-changed = Sie wurde hier seither geändert.
imported-row = Die Zeile, wie sie war
