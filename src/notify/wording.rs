//! What letters say, in every language they are written in. Each kind has its words in each: a new one
//! does not compile until it has.

mod de;
mod en;

use super::{
    delegated::Delegated,
    letter::Content,
    matter::{Matter, Part},
};
use crate::{
    domain::{letters::Letter, roster::WebhookEnd},
    words::Language,
};

/// What stands around every letter.
#[derive(Debug)]
pub(super) struct Frame {
    /// Before what to do next.
    pub(super) to_do: &'static str,
    /// Before the link.
    pub(super) open: &'static str,
    /// Before the link by which an approver decides.
    pub(super) decide: &'static str,
    /// Before the link to the service as a whole.
    pub(super) service: &'static str,
    /// Why somebody gets a letter about a delegation to them.
    pub(super) named: &'static str,
    /// Before the citation.
    pub(super) rule: &'static str,
    /// That nobody reads answers.
    pub(super) automatic: &'static str,
    /// Of a confidential exception, its title.
    pub(super) confidential: &'static str,
    /// Of a confidential exception, any other text.
    pub(super) confidential_text: &'static str,
    /// What was erased.
    pub(super) erased: &'static str,
    /// What has no title.
    pub(super) untitled: &'static str,
    /// The end that a calendar shows.
    pub(super) ends: &'static str,
    /// The re-review that a calendar shows.
    pub(super) review: &'static str,
}

/// What a letter says.
pub(super) fn content(letter: &Letter, matter: &Matter<'_>) -> Content {
    match matter.language {
        Language::En => en::content(letter, matter),
        Language::De => de::content(letter, matter),
    }
}

/// What the letter to a delegate says.
pub(super) fn delegated(told: &Delegated<'_>) -> Content {
    match told.language {
        Language::En => en::delegated(told),
        Language::De => de::delegated(told),
    }
}

/// What stands around it.
pub(super) const fn frame(language: Language) -> &'static Frame {
    match language {
        Language::En => &en::FRAME,
        Language::De => &de::FRAME,
    }
}

/// Why somebody gets it, as a sentence.
pub(super) fn because(part: &Part, language: Language) -> String {
    match language {
        Language::En => en::because(part),
        Language::De => de::because(part),
    }
}

/// That a list has so many points more.
pub(super) fn more(left: usize, language: Language) -> String {
    match language {
        Language::En => format!("and {left} more, which the record shows."),
        Language::De => format!("und {left} weitere, die im Vorgang stehen."),
    }
}

/// An instant in words: its day, its month, its year, its time, and the zone that is meant.
pub(super) fn instant(at: chrono::DateTime<chrono_tz::Tz>, language: Language) -> String {
    let month = usize::try_from(chrono::Datelike::month0(&at)).unwrap_or(0);
    let named = |months: &[&'static str; 12]| months.get(month).copied().unwrap_or_default();
    match language {
        Language::En => format!("{} {} {}", at.format("%-d"), named(&en::MONTHS), at.format("%Y at %H:%M %Z")),
        Language::De => format!("{} {} {}", at.format("%-d."), named(&de::MONTHS), at.format("%Y um %H:%M %Z")),
    }
}

/// What stands around the letters of a digest.
#[derive(Debug)]
pub(super) struct DigestWords {
    /// Its subject.
    pub(super) subject: String,
    /// Before the letters.
    pub(super) heading: &'static str,
    /// Before the link.
    pub(super) open: &'static str,
    /// Why its reader gets it.
    pub(super) because: &'static str,
}

/// What stands around a digest of so many letters.
pub(super) fn digest(count: usize, language: Language) -> DigestWords {
    match language {
        Language::En => DigestWords {
            subject: format!("Your digest: {count} {}", if count == 1 { "letter" } else { "letters" }),
            heading: "Since the last digest",
            open: "Read them here",
            because: "You receive this because you asked for a digest in your preferences. It was sent automatically; \
                      replies are not read.",
        },
        Language::De => DigestWords {
            subject: format!("Ihre Übersicht: {count} {}", if count == 1 { "Nachricht" } else { "Nachrichten" }),
            heading: "Seit der letzten Übersicht",
            open: "Hier lesen",
            because: "Sie erhalten diese Nachricht, weil Sie in Ihren Einstellungen um eine Übersicht gebeten haben. Sie \
                      wurde automatisch versandt; Antworten liest niemand.",
        },
    }
}

/// What stands around a code.
#[derive(Debug)]
pub(super) struct CodeWords {
    /// The subject.
    pub(super) subject: String,
    /// The code, and for how long.
    pub(super) code: String,
    /// What to do if one did not ask for it.
    pub(super) warning: &'static str,
}

/// What stands around the code for a decision on the exception of this number.
pub(super) fn code(code: &str, number: &str, language: Language) -> CodeWords {
    match language {
        Language::En => CodeWords {
            subject: format!("[{number}] your code"),
            code: format!("{code} is the code for your decision on {number}. It is good for ten minutes, and once."),
            warning: "Type it on the page where you asked for it, and tell it to nobody. If you did not ask for it, do \
                      nothing.",
        },
        Language::De => CodeWords {
            subject: format!("[{number}] Ihr Code"),
            code: format!("{code} ist der Code für Ihre Entscheidung über {number}. Er gilt zehn Minuten und einmal."),
            warning: "Geben Sie ihn auf der Seite ein, auf der Sie darum gebeten haben, und sagen Sie ihn niemandem. Haben \
                      Sie nicht darum gebeten, tun Sie nichts.",
        },
    }
}

/// What is said of an endpoint that gets nothing more.
#[derive(Debug)]
pub(super) struct EndpointWords {
    /// The subject.
    pub(super) subject: String,
    /// What happened.
    pub(super) happened: String,
    /// What to do.
    pub(super) next: &'static str,
}

/// What is said of the endpoint at this host.
pub(super) fn endpoint(host: &str, why: WebhookEnd, language: Language) -> EndpointWords {
    match language {
        Language::En => {
            let why = match why {
                WebhookEnd::Asked => "somebody disabled it",
                WebhookEnd::Gone => "it answered that it is gone (410)",
                WebhookEnd::Exhausted => "ten tries over three days failed for one event",
                WebhookEnd::Silent => "every try of five days failed",
                WebhookEnd::OwnerLeft => "who answered for it has left",
            };
            EndpointWords {
                subject: format!("The endpoint at {host} gets no more events"),
                happened: format!("The endpoint at {host} gets no more events: {why}."),
                next: "Look at its deliveries (proviso webhook deliveries), mend it, and enable it again (proviso \
                       webhook enable). What it missed meanwhile can be replayed.",
            }
        }
        Language::De => {
            let why = match why {
                WebhookEnd::Asked => "jemand hat ihn abgeschaltet",
                WebhookEnd::Gone => "er hat geantwortet, dass es ihn nicht mehr gibt (410)",
                WebhookEnd::Exhausted => "zehn Versuche über drei Tage sind bei einem Ereignis gescheitert",
                WebhookEnd::Silent => "fünf Tage lang ist jeder Versuch gescheitert",
                WebhookEnd::OwnerLeft => "wer dafür verantwortlich war, ist gegangen",
            };
            EndpointWords {
                subject: format!("Der Endpunkt bei {host} bekommt keine Ereignisse mehr"),
                happened: format!("Der Endpunkt bei {host} bekommt keine Ereignisse mehr: {why}."),
                next: "Sehen Sie seine Zustellungen an (proviso webhook deliveries), bringen Sie ihn in Ordnung und \
                       schalten Sie ihn wieder ein (proviso webhook enable). Was ihm inzwischen entging, lässt sich \
                       wiederholen.",
            }
        }
    }
}
