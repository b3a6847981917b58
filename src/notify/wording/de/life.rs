//! Letters about a decided exception, in German: granted, in effect, looked at again, without effect, ended.

use std::collections::BTreeSet;

use super::{Content, by, cause, controls, period};
use crate::{
    domain::{event::Deed, exception::Authority, task::Work},
    notify::matter::Matter,
    words::PersonId,
};

pub(super) fn approved(matter: &Matter<'_>) -> Content {
    let at = matter.when(matter.event.at);
    let (about, happened, means, next) = if let Deed::Granted { authority } = &matter.event.deed {
        (
            "genehmigt",
            format!(
                "Der Antrag wurde am {at} vom vollen Quorum genehmigt, von {} verschiedenen Menschen.",
                humans(authority)
            ),
            "Die Ausnahme gilt noch nicht. Sie gilt von selbst, sobald ihr Beginn erreicht ist und die Kontrollen \
             bestätigt sind, die vorher bestehen müssen; Sie erfahren dann davon.",
            format!(
                "Warten Sie, bis Sie davon erfahren. Sind Sie für eine Kontrolle verantwortlich, bestätigen Sie sie{}.",
                by(matter, matter.due(Work::ConfirmControl))
            ),
        )
    } else if let Deed::Reaffirmed { authority } = &matter.event.deed {
        (
            "bestätigt",
            format!(
                "Die Ausnahme wurde am {at} vom vollen Quorum bestätigt, von {} verschiedenen Menschen.",
                humans(authority)
            ),
            "Sie gilt weiter, unter den Bedingungen unten.",
            "Machen Sie weiter und halten Sie die Bedingungen ein.".to_owned(),
        )
    } else {
        (
            "neuer Inhalt genehmigt",
            format!("Am {at} wurde ein neuer Inhalt dieser Ausnahme vom vollen Quorum genehmigt."),
            "Ab jetzt gilt der neue Inhalt und der alte nicht mehr.",
            "Lesen Sie, was sie jetzt erlaubt, und halten Sie sich daran.".to_owned(),
        )
    };
    Content { about: about.to_owned(), happened, means: means.to_owned(), lists: terms(matter), next }
}

fn humans(authority: &Authority) -> usize {
    authority.two.seats().iter().map(|seat| seat.human).collect::<BTreeSet<PersonId>>().len()
}

/// What everyone who uses the exception has to know.
fn terms(matter: &Matter<'_>) -> Vec<(&'static str, Vec<String>)> {
    vec![
        ("Zeitraum", period(matter)),
        ("Bedingungen", matter.conditions()),
        ("Kontrollen", controls(matter)),
        ("Wer sie überwacht", matter.monitor()),
    ]
}

pub(super) fn effective(matter: &Matter<'_>) -> Content {
    Content {
        about: "gilt".to_owned(),
        happened: format!("Die Ausnahme gilt seit {}.", matter.when(matter.since())),
        means: "Ab jetzt ist erlaubt, was sie umfasst: für die Genannten, zum genannten Zweck und unter ihren \
                Bedingungen. Mehr nicht."
            .to_owned(),
        lists: terms(matter),
        next: "Halten Sie die Bedingungen ein und sorgen Sie dafür, dass Kontrollen bestätigt werden, wenn sie fällig \
               sind. Wird die Ausnahme länger gebraucht, beantragen Sie die Verlängerung lange vor ihrem Ende."
            .to_owned(),
    }
}

pub(super) fn re_review_opened(matter: &Matter<'_>) -> Content {
    let settle_by = if let Deed::Reopened { settle_by, .. } = &matter.event.deed { Some(*settle_by) } else { None };
    Content {
        about: "erneute Prüfung eröffnet".to_owned(),
        happened: format!("Die Ausnahme wurde am {} erneut geöffnet{}.", matter.when(matter.event.at), cause(matter)),
        means: format!(
            "Sie gilt weiter, während sie geprüft wird. Ist die Prüfung nicht{} abgeschlossen, wird sie ausgesetzt.",
            by(matter, settle_by)
        ),
        lists: vec![("Anmerkung", matter.remarks()), ("Kontrollen", controls(matter))],
        next:
            "Beheben Sie die Ursache und halten Sie das in der Ausnahme fest. Wer genehmigt, wurde gesondert gefragt, \
               ob sie weiter gilt."
                .to_owned(),
    }
}

pub(super) fn suspended(matter: &Matter<'_>) -> Content {
    Content {
        about: "ausgesetzt, jetzt aufhören".to_owned(),
        happened: format!("Die Ausnahme ist seit {} ausgesetzt{}.", matter.when(matter.since()), cause(matter)),
        means: "Was sie erlaubte, ist nicht erlaubt, solange sie ausgesetzt ist. Wird das nicht in der Frist des \
                Verfahrens geklärt, wird sie widerrufen."
            .to_owned(),
        lists: vec![("Anmerkung", matter.remarks()), ("Kontrollen", controls(matter))],
        next: "Hören Sie jetzt auf mit dem, was die Ausnahme erlaubte. Damit sie wieder gilt, beheben Sie die Ursache \
               und fragen Sie die Genehmigenden: das braucht ein volles Quorum."
            .to_owned(),
    }
}

pub(super) fn resumed(matter: &Matter<'_>) -> Content {
    Content {
        about: "gilt wieder".to_owned(),
        happened: format!(
            "Ein volles Quorum hat die Ausnahme am {} wieder in Kraft gesetzt.",
            matter.when(matter.event.at)
        ),
        means: "Was sie umfasst, ist unter ihren Bedingungen wieder erlaubt. Was geschah, während sie ausgesetzt war, \
                war nicht gedeckt."
            .to_owned(),
        lists: terms(matter),
        next: "Machen Sie weiter und halten Sie die Bedingungen ein.".to_owned(),
    }
}

pub(super) fn extended(matter: &Matter<'_>) -> Content {
    let days = if let Deed::Extended { days, .. } = &matter.event.deed { *days } else { 0 };
    let days = if days == 1 { "einen Tag".to_owned() } else { format!("{days} Tage") };
    let end =
        matter.period().map_or_else(String::new, |period| format!("Ihr neues Ende ist {}. ", matter.when(period.end)));
    Content {
        about: "verlängert".to_owned(),
        happened: format!(
            "Am {} hat ein volles Quorum die Ausnahme um {days} verlängert.",
            matter.when(matter.event.at)
        ),
        means: format!("{end}Alles andere bleibt, wie es war."),
        lists: terms(matter),
        next: "Machen Sie weiter und halten Sie die Bedingungen ein.".to_owned(),
    }
}

pub(super) fn revoked(matter: &Matter<'_>) -> Content {
    Content {
        about: "widerrufen, jetzt aufhören".to_owned(),
        happened: format!("Die Ausnahme wurde mit Wirkung vom {} widerrufen{}.", matter.when(matter.since()), cause(matter)),
        means: "Was sie erlaubte, ist nicht mehr erlaubt. Eine widerrufene Ausnahme kommt nicht zurück.".to_owned(),
        lists: vec![("Anmerkung", matter.remarks())],
        next: "Hören Sie jetzt auf mit dem, was die Ausnahme erlaubte. Besteht der Bedarf weiter, stellen Sie einen neuen \
               Antrag, der auf diesen verweist."
            .to_owned(),
    }
}

pub(super) fn expired(matter: &Matter<'_>) -> Content {
    let at = matter.when(matter.since());
    let (happened, means, next) = if matter.exception.original_end.is_some() {
        (
            format!("Die Ausnahme endete am {at}, weil ihr Zeitraum vorbei ist."),
            "Sie erlaubt nichts mehr.",
            "Hören Sie jetzt auf mit dem, was sie erlaubte. Besteht der Bedarf weiter, stellen Sie einen neuen Antrag, der \
             diesen erneuert.",
        )
    } else {
        (
            format!("Der Zeitraum, für den dieser Antrag galt, endete am {at}, bevor entschieden war."),
            "Nichts davon war je erlaubt, und entschieden wird nicht mehr.",
            "Nichts. Besteht der Bedarf weiter, stellen Sie einen neuen Antrag.",
        )
    };
    Content { about: "beendet".to_owned(), happened, means: means.to_owned(), lists: Vec::new(), next: next.to_owned() }
}
