//! Letters about a request on its way to a decision, in German: received, sent back, agreed to, denied, over.

use super::{Content, by};
use crate::{
    domain::{
        event::Deed,
        exception::{Reason, State},
        task::Work,
    },
    notify::{matter::Matter, plain},
};

pub(super) fn received(matter: &Matter<'_>) -> Content {
    let gaps = if let Deed::Submitted { gaps, .. } = &matter.event.deed { gaps.as_slice() } else { &[] };
    let gaps = gaps.iter().map(|gap| format!("Regel {}.", plain::line(gap, plain::TITLE))).collect();
    Content {
        about: "Antrag eingegangen".to_owned(),
        happened: format!(
            "Ihr Antrag ging am {} ein und durchläuft jetzt {}.",
            matter.when(matter.event.at),
            matter.exception.sop
        ),
        means: "Jemand prüft, ob er vollständig ist. Noch ist nichts davon erlaubt: Eine Ausnahme gilt erst, wenn \
                mindestens zwei andere Menschen sie genehmigt haben; Sie erfahren dann davon."
            .to_owned(),
        lists: vec![("Regeln, die nicht auszuwerten waren und auf Governance warten", gaps)],
        next: format!(
            "Vorerst nichts. Die Prüfung sollte{} geschehen sein; fehlt etwas, erfahren Sie, was.",
            by(matter, matter.due(Work::Review))
        ),
    }
}

pub(super) fn returned(matter: &Matter<'_>) -> Content {
    let reasons = if let Deed::Returned { reasons, .. } = &matter.event.deed { reasons.as_slice() } else { &[] };
    Content {
        about: "Änderungen nötig".to_owned(),
        happened: format!("Ihr Antrag wurde am {} an Sie zurückgegeben.", matter.when(matter.event.at)),
        means: "Er geht erst weiter, wenn die Punkte unten berichtigt sind. Bis dahin ist nichts davon erlaubt."
            .to_owned(),
        lists: vec![
            ("Zu berichtigen", reasons.iter().map(|reason| remedy(reason, matter)).collect()),
            ("Anmerkung", matter.remarks()),
        ],
        next: format!(
            "Ändern Sie den Antrag und reichen Sie ihn{} erneut ein, oder ziehen Sie ihn zurück.",
            by(matter, matter.due(Work::Fix))
        ),
    }
}

pub(super) fn clauses_added(matter: &Matter<'_>) -> Content {
    let added =
        if let Deed::ClausesAdded { clauses, .. } = &matter.event.deed { clauses.iter().collect() } else { vec![] };
    Content {
        about: "weitere Regeln betroffen".to_owned(),
        happened: format!(
            "Am {} fand jemand, der diesen Antrag prüft, dass er von mehr Regeln abweicht, als er nennt.",
            matter.when(matter.event.at)
        ),
        means: "Diese Regeln gehören jetzt dazu. Genehmigungen, die ohne sie erteilt wurden, zählen nicht mehr; was \
                schon gilt, wird neu geprüft, und eine Regel, von der niemand befreien darf, beendet es."
            .to_owned(),
        lists: vec![
            ("Hinzugefügte Regeln", added.into_iter().map(|id| plain::line(id, plain::TITLE)).collect()),
            ("Begründung", matter.remarks()),
        ],
        next: "Nichts, es sei denn, der Antrag soll zurückgezogen werden.".to_owned(),
    }
}

pub(super) fn changes_requested(matter: &Matter<'_>) -> Content {
    Content {
        about: "Änderungen vor der Entscheidung".to_owned(),
        happened: format!(
            "Am {} bat jemand, der mitentscheidet, um Änderungen; Ihr Antrag ist wieder bei Ihnen.",
            matter.when(matter.event.at)
        ),
        means:
            "Er geht erst weiter, wenn Sie ihn geändert und erneut eingereicht haben. Bereits erteilte Genehmigungen \
                zählen nicht mehr, und nichts davon ist bis dahin erlaubt."
                .to_owned(),
        lists: vec![("Worum gebeten wird", matter.remarks())],
        next: format!(
            "Ändern Sie den Antrag und reichen Sie ihn{} erneut ein, oder ziehen Sie ihn zurück.",
            by(matter, matter.due(Work::Fix))
        ),
    }
}

fn remedy(reason: &Reason, matter: &Matter<'_>) -> String {
    let short = |text: &str| plain::line(text, plain::TITLE);
    let field = reason.pointer.as_deref().map_or_else(String::new, |field| format!(", Feld {}", short(field)));
    let link = reason.pointer.as_deref().map_or_else(String::new, |field| format!("\n{}", matter.field(field)));
    let (told, remedy) = (plain::sentence(&reason.text), plain::sentence(&reason.remedy));
    format!("{told} {remedy} ({}{field}){link}", short(&reason.code))
}

pub(super) fn acceptance_wanted(matter: &Matter<'_>) -> Content {
    Content {
        about: "Bedingungen anzunehmen".to_owned(),
        happened: format!(
            "Ihr Antrag hat am {} jede nötige Genehmigung erhalten, unter den Bedingungen unten.",
            matter.when(matter.event.at)
        ),
        means:
            "Er gilt nicht, bevor Sie die Bedingungen annehmen. Sie binden alle, die die Ausnahme nutzen, solange sie \
                besteht."
                .to_owned(),
        lists: vec![("Bedingungen", matter.conditions())],
        next: format!(
            "Lesen Sie die Bedingungen und nehmen Sie sie{} an, oder ziehen Sie den Antrag zurück.",
            by(matter, matter.due(Work::AcceptConditions))
        ),
    }
}

pub(super) fn rejected(matter: &Matter<'_>) -> Content {
    let at = matter.when(matter.event.at);
    let (happened, means, next) = if let State::Suspended { since, .. } = &matter.exception.state {
        if *since == matter.event.at {
            (
                format!("Am {at} wurde diese Ausnahme bei ihrer erneuten Prüfung abgelehnt."),
                "Sie ist ausgesetzt: Was sie erlaubte, ist nicht erlaubt, bis ein volles Quorum sie wieder in Kraft setzt.",
                "Hören Sie jetzt auf mit dem, was sie erlaubte. Wird sie noch gebraucht, gehen Sie auf die Begründung ein \
                 und fragen Sie die Genehmigenden.",
            )
        } else {
            (
                format!("Am {at} wurde es abgelehnt, diese Ausnahme wieder in Kraft zu setzen."),
                "Sie bleibt ausgesetzt: Was sie erlaubte, ist weiterhin nicht erlaubt.",
                "Wird sie noch gebraucht, gehen Sie auf die Begründung ein und fragen Sie die Genehmigenden erneut.",
            )
        }
    } else if let State::Active { .. } = &matter.exception.state {
        (
            format!("Ein weiterer Antrag zu dieser Ausnahme wurde am {at} abgelehnt."),
            "Die Ausnahme selbst gilt weiter wie bisher, bis zu ihrem jetzigen Ende und unter ihren jetzigen Bedingungen.",
            "Nichts. Besteht der Bedarf weiter, fragen Sie erneut und gehen Sie auf die Begründung ein.",
        )
    } else {
        (
            format!("Der Antrag wurde am {at} abgelehnt. Eine Ablehnung mit Begründung beendet ihn."),
            "Was er erbittet, ist nicht erlaubt. Die Entscheidung und ihre Begründung bleiben im Vorgang.",
            "Nichts. Besteht der Bedarf weiter, stellen Sie einen neuen Antrag, der auf die Begründung eingeht und auf \
             diesen verweist.",
        )
    };
    let lists = vec![("Die Begründung", matter.remarks())];
    Content { about: "abgelehnt".to_owned(), happened, means: means.to_owned(), lists, next: next.to_owned() }
}

pub(super) fn closed(matter: &Matter<'_>) -> Content {
    let at = matter.when(matter.event.at);
    let withdrawn = matches!(matter.event.deed, Deed::Withdrawn { .. });
    let (about, happened, means) = if withdrawn && matter.event.effective_at.is_some() {
        (
            "verfallen",
            format!("Der Entwurf verfiel am {}, weil lange niemand daran gearbeitet hat.", matter.when(matter.since())),
            "Er wurde nie eingereicht, also ändert sich nichts.",
        )
    } else if withdrawn {
        (
            "zurückgezogen",
            format!("Der Antrag wurde am {at} zurückgezogen."),
            "Über ihn wird nicht entschieden, nichts davon ist erlaubt, und alle offenen Aufgaben daran sind beendet.",
        )
    } else if matter.exception.superseded_by.is_some() {
        (
            "durch die Erneuerung ersetzt",
            format!("Die Ausnahme wurde am {at} geschlossen, weil jetzt die gilt, die sie erneuert."),
            "Ab jetzt zählt nur die Erneuerung, mit ihrem Zeitraum und ihren Bedingungen.",
        )
    } else {
        (
            "geschlossen",
            format!("Die Ausnahme wurde am {at} geschlossen, weil sie nicht mehr gebraucht wird."),
            "Was sie erlaubte, ist nicht mehr erlaubt.",
        )
    };
    Content {
        about: about.to_owned(),
        happened,
        means: means.to_owned(),
        lists: vec![("Die Begründung", matter.remarks())],
        next: "Nichts. Der Vorgang bleibt erhalten.".to_owned(),
    }
}

pub(super) fn commented(matter: &Matter<'_>) -> Content {
    Content {
        about: "ein Kommentar".to_owned(),
        happened: format!("Am {} hat jemand Ihren Antrag kommentiert.", matter.when(matter.event.at)),
        means: "Ein Kommentar ändert nichts am Antrag und entscheidet nichts.".to_owned(),
        lists: vec![("Der Kommentar", matter.remarks())],
        next: "Fragt er Sie etwas, antworten Sie mit einem Kommentar.".to_owned(),
    }
}
