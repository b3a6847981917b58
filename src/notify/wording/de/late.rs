//! Letters about what the clock noticed, in German: late work, requests that nobody touches, loops that ended.

use super::{Content, order, work::described};
use crate::{domain::upkeep::Loop, notify::matter::Matter};

pub(super) fn overdue(matter: &Matter<'_>) -> Content {
    let task = matter.named_task();
    let escalates = task.and_then(|task| task.late).and_then(|late| late.next);
    Content {
        about: task
            .map_or_else(|| "überfällige Arbeit".to_owned(), |task| format!("überfällig: bitte {}", order(task))),
        happened: format!("Arbeit an dieser Ausnahme war am {} nicht getan.", matter.when(matter.since())),
        means: match escalates {
            Some(at) => format!(
                "Die Ausnahme wartet darauf, und der Vorgang hält die Verspätung fest. Am {} erfährt es der \
                 Eskalationsweg des Verfahrens.",
                matter.when(at)
            ),
            None => "Die Ausnahme wartet darauf, und der Vorgang hält die Verspätung fest.".to_owned(),
        },
        lists: vec![("Die Arbeit", task.into_iter().map(|task| described(task, matter)).collect())],
        next: "Tun Sie die Arbeit jetzt, oder geben Sie sie für andere frei.".to_owned(),
    }
}

pub(super) fn lapses_soon(matter: &Matter<'_>) -> Content {
    let at = matter.lapses_at().map_or_else(String::new, |at| format!(" am {}", matter.when(at)));
    Content {
        about: "Ihr Antrag verfällt bald".to_owned(),
        happened: format!("Diesen Antrag hat länger niemand angefasst. Er verfällt{at}."),
        means: "Ein verfallener Antrag ist zurückgezogen. Er bleibt im Vorgang, und ein neuer kann auf ihm aufbauen."
            .to_owned(),
        lists: Vec::new(),
        next:
            "Wird er noch gebraucht, vervollständigen Sie ihn und reichen Sie ihn ein; mit jeder Änderung beginnt die \
               Zeit von vorn. Sonst nichts."
                .to_owned(),
    }
}

pub(super) fn limit_reached(matter: &Matter<'_>) -> Content {
    let (what, limit) = matter.limit().map_or(("Runden", 0), |(what, limit)| (named(what), limit));
    Content {
        about: format!("keine weiteren {what}"),
        happened: format!(
            "Am {} hatte diese Ausnahme {limit} {what}, so viele, wie ihr Verfahren erlaubt.",
            matter.when(matter.event.at)
        ),
        means: "Diese Schleife ist angehalten: Was noch einmal herumginge, geschieht nicht mehr von selbst.".to_owned(),
        lists: Vec::new(),
        next: "Sehen Sie nach, warum sie sich im Kreis dreht, und entscheiden Sie mit den Beteiligten, ob sie \
               abgeschlossen, beendet oder ausgesetzt wird."
            .to_owned(),
    }
}

fn named(what: Loop) -> &'static str {
    match what {
        Loop::Returns => "Rückgaben",
        Loop::Reopenings => "Wiedereröffnungen",
        Loop::Reminders => "Erinnerungen",
        Loop::Escalations => "Eskalationen",
    }
}
