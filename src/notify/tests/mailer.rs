//! The mail that letters become: nobody makes a header of a text, and the same mail is one message.

use super::*;

/// The files that were written, each as text.
fn mails(folder: &std::path::Path) -> Vec<String> {
    let files = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    let mails = files.filter(|path| path.extension().is_some_and(|ending| ending == "eml"));
    mails.map(|path| fs::read_to_string(path).unwrap()).collect()
}

fn mailer(folder: &tempfile::TempDir) -> Mailer {
    Mailer::to_files(&"proviso@example.org".parse().unwrap(), &folder.path().join("mail")).unwrap()
}

fn written(subject: &str, text: &str) -> Rendered {
    let (subject, text) = (subject.to_owned(), text.to_owned());
    Rendered { html: format!("<p>{text}</p>"), calendar: None, attached: None, subject, text }
}

fn mail<'a>(rendered: &'a Rendered, name: &'a str, address: &'a str) -> Mail<'a> {
    Mail {
        id: Uuid::from_u128(5),
        thread: Thread { exception: ExceptionId(Uuid::from_u128(42)), first: None },
        checkpoint: Some("size=7; root=00"),
        to: Recipient { person: person(RITA), name: Some(name), address },
        at: day(1),
        rendered,
    }
}

fn headers(mail: &str) -> Vec<&str> {
    let head = mail.split("\r\n\r\n").next().unwrap();
    head.split("\r\n").filter(|line| !line.starts_with([' ', '\t'])).collect()
}

const HEADERS: [&str; 10] = [
    "From",
    "To",
    "Subject",
    "Date",
    "Message-ID",
    "Auto-Submitted",
    "References",
    "X-Proviso-Checkpoint",
    "MIME-Version",
    "Content-Type",
];

/// Texts that would be headers, another body or another date, were they taken as they are.
fn attacks() -> Vec<String> {
    let breaks = [
        "\r\n",
        "\n",
        "\r",
        "\n\r",
        "\r\r\n",
        "\r\n\r\n",
        "\n\n",
        "\u{b}",
        "\u{c}",
        "\0\n",
        "\u{85}",
        "\u{2028}",
        "\u{2029}",
        "\u{560d}\u{560a}",
        "%0d%0a",
        "=0D=0A",
        "\\r\\n",
        "\r\n ",
        "\r\n\t",
    ];
    let forged = [
        "Bcc: all@example.org",
        "To: all@example.org",
        "Content-Type: text/html",
        "X-Proviso-Checkpoint: size=1",
        "List-Unsubscribe: <https://evil.example>",
        "<script>alert(1)</script>",
        "BEGIN:VEVENT\r\nSUMMARY:forged",
        "END:VCALENDAR",
        "?=\r\nBcc: all@example.org",
        "\"<all@example.org>, \"x",
    ];
    let begins = ["Hi".to_owned(), "=?utf-8?q?Hi".to_owned(), "ä".repeat(79)];
    let broken = breaks.iter().flat_map(|broken| forged.iter().map(move |forged| format!("{broken}{forged}")));
    broken.flat_map(|attack| begins.iter().map(|begin| format!("{begin}{attack}")).collect::<Vec<_>>()).collect()
}

#[test]
fn no_text_of_a_person_makes_a_header_or_a_date() {
    let attacks = attacks();
    assert!(attacks.len() >= 500);
    for attack in attacks {
        let folder = tempfile::tempdir().unwrap();
        let mut story = Story::begin(&attack);
        story.tell(Deed::RoundOpened { round: Box::new(round(1, RoundKind::Initial, Proposal::AsRequested)) }, vec![]);
        let told = story.tell(Deed::Granted { authority: authority(100) }, vec![]);
        assert!(!told[0].1.subject.contains(char::is_control), "{attack:?}");
        let sent = mail(&told[0].1, &attack, "rita@example.org");
        mailer(&folder).send(&sent).unwrap();
        let written = mails(&folder.path().join("mail"));
        let found = headers(&written[0]);
        let names: Vec<&str> = found.iter().map(|line| line.split(':').next().unwrap()).collect();
        assert_eq!(names, HEADERS, "{attack:?}:\n{}", written[0]);
        let to = written[0].split("\r\nTo: ").nth(1).unwrap().split("\r\nSubject: ").next().unwrap();
        assert!(to.ends_with("<rita@example.org>"), "{attack:?}: {to}");
        let dates = told[0].1.calendar.as_deref().unwrap();
        let lines = |begins: &str| dates.split("\r\n").filter(|line| line.starts_with(begins)).count();
        assert_eq!([lines("BEGIN:"), lines("SUMMARY:"), lines("END:")], [3, 2, 3], "{attack:?}:\n{dates}");
    }
}

#[test]
fn a_mail_stays_small_whatever_people_write() {
    for letter in ["x", "\"", "<", "ä", "漢", "👩", "=", "\n.\n"] {
        let folder = tempfile::tempdir().unwrap();
        let long = letter.repeat(9_999);
        let mut story = Story::begin(&long);
        let dossier = Hash::of(b"dossier");
        for _ in 0..30 {
            let condition = Condition { by: person(CARLA), text: story.seal(&long), obligation: None };
            story.tell(Deed::ConditionProposed { condition, dossier }, vec![]);
        }
        let note = story.seal(&long);
        let mut told = story.tell(Deed::Granted { authority: authority(100) }, vec![]);
        told.extend(story.tell(Deed::Suspended { cause: cause("incident", Some(note)) }, vec![]));
        for (number, (_, rendered)) in told.iter().enumerate() {
            let id = Uuid::from_u128(number.try_into().unwrap());
            mailer(&folder).send(&Mail { id, ..mail(rendered, &long, "rita@example.org") }).unwrap();
        }
        let longest = mails(&folder.path().join("mail")).iter().map(String::len).max().unwrap();
        assert!(longest < 30_000, "{longest} octets of {letter:?}");
    }
}

#[test]
fn the_same_mail_twice_is_one_message_in_its_thread() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = mailer(&folder);
    let rendered = written("Ja, schön", "Grüße\n");
    for _ in 0..2 {
        mailer.send(&mail(&rendered, "Rita \"R\" Ä", "rita@example.org")).unwrap();
    }
    let first = Some(Uuid::from_u128(5));
    let thread = Thread { first, ..mail(&rendered, "Rita", "rita@example.org").thread };
    let other = Mail { id: Uuid::from_u128(6), thread, ..mail(&rendered, "Rita", "rita@example.org") };
    mailer.send(&other).unwrap();
    let mut written = mails(&folder.path().join("mail"));
    written.sort();
    let of = |name: &str| {
        let found: Vec<String> = written
            .iter()
            .map(|mail| headers(mail).into_iter().find(|line| line.starts_with(name)).unwrap().to_owned())
            .collect();
        let different: std::collections::BTreeSet<String> = found.iter().cloned().collect();
        (found[0].clone(), different.len())
    };
    assert_eq!(of("Message-ID: ").1, 2, "two letters, one of them sent twice");
    let root = of("References: ").0;
    assert!(written.iter().all(|mail| mail.contains(&root)), "one thread");
    let follows: Vec<&String> = written.iter().filter(|mail| mail.contains("In-Reply-To: ")).collect();
    assert_eq!(follows.len(), 1);
    assert!(follows[0].contains(&of("Message-ID: ").0.replace("Message-ID", "In-Reply-To")), "{}", follows[0]);
    assert!(of("Message-ID: ").0.ends_with("@example.org>"));
    assert_eq!(of("Auto-Submitted: "), ("Auto-Submitted: auto-generated".to_owned(), 1));
    assert_eq!(of("Date: "), ("Date: Tue, 03 Mar 2026 09:30:00 +0000".to_owned(), 1));
}

#[test]
fn an_address_that_is_none_is_never_tried_again() {
    let folder = tempfile::tempdir().unwrap();
    let rendered = written("x", "x");
    for address in ["", "rita", "rita@example.org\r\nBcc: all@example.org", "a@b, c@d"] {
        let sent = mailer(&folder).send(&mail(&rendered, "Rita", address));
        assert!(matches!(sent, Err(SendError::Unsendable(_))), "{address:?}: {sent:?}");
    }
    assert!(mails(&folder.path().join("mail")).is_empty());
}

#[test]
fn a_folder_that_is_gone_is_worth_another_try() {
    let folder = tempfile::tempdir().unwrap();
    let mailer = mailer(&folder);
    fs::remove_dir_all(folder.path().join("mail")).unwrap();
    let rendered = written("x", "x");
    let sent = mailer.send(&mail(&rendered, "Rita", "rita@example.org"));
    assert!(matches!(sent, Err(SendError::Failed(_))), "{sent:?}");
}
