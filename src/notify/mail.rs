//! One letter as a mail message (RFC 5322), and the way it leaves the house: as a file or to a mail
//! server. Sending twice gives the same message with the same Message-ID. Who is told what is not known here.

use std::{fs, path::Path, time::SystemTime};

use lettre::{
    Address, FileTransport, Message, Transport,
    message::{
        Mailbox, MessageBuilder, MultiPart, SinglePart,
        header::{ContentDisposition, ContentType, Header, HeaderName, HeaderValue},
    },
};
use uuid::Uuid;

use super::{
    letter::Rendered,
    plain,
    smtp::{Server, Smtp},
};
use crate::{
    domain::{letters::LetterKind, request::Time},
    identity::email::EmailAddress,
    words::{ExceptionId, PersonId},
};

/// The longest name beside an address, in characters.
const MOST_NAME: usize = 60;
/// What a test says.
const TEST: &str = "Somebody who looks after Proviso asked for this mail, to see that mail leaves and arrives. \
                    There is nothing to do.\n";

/// One letter to one person.
#[derive(Debug, Clone, Copy)]
pub struct Mail<'a> {
    /// What stands for its event, its kind and its reader.
    pub id: Uuid,
    /// The thread that it belongs to.
    pub thread: Thread,
    /// To whom.
    pub to: Recipient<'a>,
    /// When what it tells of happened.
    pub at: Time,
    /// What it says.
    pub rendered: &'a Rendered,
    /// How far the ledger had come, with its root: whoever keeps the mail can hold the record to it.
    pub checkpoint: Option<&'a str>,
}

/// A mail that belongs to no thread.
#[derive(Debug, Clone, Copy)]
pub struct Note<'a> {
    /// What stands for it.
    pub id: Uuid,
    /// To whom.
    pub to: Recipient<'a>,
    /// When it was written.
    pub at: Time,
    /// What it says.
    pub rendered: &'a Rendered,
    /// How far the ledger had come, with its root.
    pub checkpoint: Option<&'a str>,
    /// Where one press cancels what it is one of (RFC 8058).
    pub unsubscribe: Option<&'a str>,
}

/// The mails about one exception to one person.
#[derive(Debug, Clone, Copy)]
pub struct Thread {
    /// The exception.
    pub exception: ExceptionId,
    /// The first of them, where one left before.
    pub first: Option<Uuid>,
}

impl Mail<'_> {
    /// What stands for the event number `seq` of an exception, a kind and a reader.
    pub fn id_of(exception: ExceptionId, (seq, kind): (u64, LetterKind), person: PersonId) -> Uuid {
        Uuid::new_v5(&exception.0, format!("mail/{seq}/{kind}/{person}").as_bytes())
    }
}

/// Where a mail goes.
#[derive(Debug, Clone, Copy)]
pub struct Recipient<'a> {
    /// Who.
    pub person: PersonId,
    /// Their name, if it is known.
    pub name: Option<&'a str>,
    /// Their address.
    pub address: &'a str,
}

/// Why a mail did not leave.
#[derive(Debug, thiserror::Error)]
pub enum SendError {
    /// It never will: trying again does not help.
    #[error("the mail cannot be written: {0}")]
    Unsendable(String),
    /// The mail server refuses it for good, in these words (RFC 5321 §4.2.1, 5yz).
    #[error("the mail is refused: {0}")]
    Refused(String),
    /// It may on another try.
    #[error("the mail did not leave: {0}")]
    Failed(String),
}

/// Sends mail from one address.
#[derive(Debug, Clone)]
pub struct Mailer {
    from: Mailbox,
    host: String,
    way: Way,
}

#[derive(Debug, Clone)]
enum Way {
    Files(FileTransport),
    Server(Smtp),
}

impl Mailer {
    /// Writes each mail as a file `<uuid>.eml` into `folder`, which is made if it is missing.
    pub fn to_files(from: &EmailAddress, folder: &Path) -> Result<Self, SendError> {
        fs::create_dir_all(folder).map_err(|error| SendError::Failed(error.to_string()))?;
        Self::by(from, Way::Files(FileTransport::new(folder)))
    }

    /// Hands each mail to a mail server. Nothing is connected before the first.
    pub fn to_server(from: &EmailAddress, server: &Server) -> Result<Self, SendError> {
        Self::by(from, Way::Server(Smtp::new(server)?))
    }

    fn by(from: &EmailAddress, way: Way) -> Result<Self, SendError> {
        let host = from.key().rsplit('@').next().unwrap_or("localhost").to_owned();
        let from = Mailbox::new(Some("Proviso".to_owned()), address(from.as_str())?);
        Ok(Self { from, host, way })
    }

    /// How many mails may leave at once.
    pub const fn connections(&self) -> usize {
        match &self.way {
            Way::Files(_) => 1,
            Way::Server(smtp) => smtp.connections(),
        }
    }

    /// Sends one mail; the same one twice has the same Message-ID.
    pub fn send(&self, mail: &Mail<'_>) -> Result<(), SendError> {
        self.leave(&self.message(mail)?)
    }

    /// Sends one mail that belongs to no thread.
    pub fn send_note(&self, note: &Note<'_>) -> Result<(), SendError> {
        let mut builder = self.headed((note.id, note.at), note.to, note.rendered)?;
        if let Some(checkpoint) = note.checkpoint {
            builder = builder.header(Checkpoint(checkpoint.to_owned()));
        }
        if let Some(link) = note.unsubscribe {
            builder = builder.header(ListUnsubscribe(format!("<{link}>"))).header(ListUnsubscribePost);
        }
        let message = builder.multipart(body(note.id, note.rendered));
        self.leave(&message.map_err(|error| SendError::Unsendable(error.to_string()))?)
    }

    /// Sends a few words to `to`, to see whether mail leaves.
    pub fn test(&self, to: &EmailAddress, at: Time) -> Result<(), SendError> {
        let message = Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(None, address(to.as_str())?))
            .subject("Mail from Proviso arrives")
            .date(SystemTime::from(at))
            .message_id(None)
            .header(AutoSubmitted)
            .singlepart(SinglePart::plain(TEST.to_owned()))
            .map_err(|error| SendError::Unsendable(error.to_string()))?;
        self.leave(&message)
    }

    fn leave(&self, message: &Message) -> Result<(), SendError> {
        match &self.way {
            Way::Files(files) => files.send(message).map(|_| ()).map_err(|error| SendError::Failed(error.to_string())),
            Way::Server(smtp) => smtp.send(message),
        }
    }

    /// The message: RFC 5322, RFC 2045 to 2047, RFC 3834 §5.
    fn message(&self, mail: &Mail<'_>) -> Result<Message, SendError> {
        let root = self.id(Uuid::new_v5(&mail.thread.exception.0, b"thread"));
        let first = mail.thread.first.filter(|first| *first != mail.id).map(|first| self.id(first));
        let mut builder = self.headed((mail.id, mail.at), mail.to, mail.rendered)?;
        builder = builder.references(first.iter().fold(root, |thread, first| format!("{thread} {first}")));
        if let Some(first) = first {
            builder = builder.in_reply_to(first);
        }
        if let Some(checkpoint) = mail.checkpoint {
            builder = builder.header(Checkpoint(checkpoint.to_owned()));
        }
        builder.multipart(body(mail.id, mail.rendered)).map_err(|error| SendError::Unsendable(error.to_string()))
    }

    /// The headers that every mail has.
    fn headed(
        &self,
        (id, at): (Uuid, Time),
        to: Recipient<'_>,
        rendered: &Rendered,
    ) -> Result<MessageBuilder, SendError> {
        let name = to.name.map(|name| plain::line(name, MOST_NAME)).filter(|name| !name.is_empty());
        Ok(Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(name, address(to.address)?))
            .subject(rendered.subject.as_str())
            .date(SystemTime::from(at))
            .message_id(Some(self.id(id)))
            .header(AutoSubmitted))
    }

    fn id(&self, id: Uuid) -> String {
        format!("<{id}@{}>", self.host)
    }
}

/// Text and HTML of equal content, and beside them the dates and the file where there are any (RFC 2046 §5.1).
fn body(id: Uuid, rendered: &Rendered) -> MultiPart {
    let words = MultiPart::alternative()
        .boundary(format!("words-{}", id.simple()))
        .singlepart(SinglePart::plain(rendered.text.clone()))
        .singlepart(SinglePart::html(rendered.html.clone()));
    let dates = rendered.calendar.as_ref().map(|calendar| {
        let part = SinglePart::builder().header(CalendarType);
        part.header(ContentDisposition::attachment("dates.ics")).body(calendar.clone())
    });
    let file = rendered.attached.as_ref().map(|file| {
        let media = ContentType::parse(file.media_type).unwrap_or(ContentType::TEXT_PLAIN);
        let part = SinglePart::builder().header(media);
        part.header(ContentDisposition::attachment(&file.name)).body(file.bytes.clone())
    });
    let beside: Vec<SinglePart> = [dates, file].into_iter().flatten().collect();
    if beside.is_empty() {
        return words;
    }
    let whole = MultiPart::mixed().boundary(format!("parts-{}", id.simple())).multipart(words);
    beside.into_iter().fold(whole, MultiPart::singlepart)
}

fn address(text: &str) -> Result<Address, SendError> {
    text.parse().map_err(|error| SendError::Unsendable(format!("the address: {error}")))
}

/// Declares a header that is only ever written.
macro_rules! header {
    ($type:ident $pattern:pat, $name:literal => $value:expr) => {
        impl Header for $type {
            fn name() -> HeaderName {
                HeaderName::new_from_ascii_str($name)
            }

            fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
                Err("this header is only ever written".into())
            }

            fn display(&self) -> HeaderValue {
                let $pattern = self;
                HeaderValue::new(Self::name(), $value)
            }
        }
    };
}

/// Says that no person wrote it, so that no machine answers (RFC 3834 §5).
#[derive(Debug, Clone)]
struct AutoSubmitted;

/// How far the ledger had come.
#[derive(Debug, Clone)]
struct Checkpoint(String);

/// Where a digest is cancelled (RFC 2369 §3.2).
#[derive(Debug, Clone)]
struct ListUnsubscribe(String);

/// That one POST cancels it (RFC 8058 §3.1).
#[derive(Debug, Clone)]
struct ListUnsubscribePost;

/// Dates that are told and not asked for (RFC 5546 §3.2.1).
#[derive(Debug, Clone)]
struct CalendarType;

header! { AutoSubmitted Self, "Auto-Submitted" => "auto-generated".to_owned() }
header! { Checkpoint Self(text), "X-Proviso-Checkpoint" => text.clone() }
header! { ListUnsubscribe Self(link), "List-Unsubscribe" => link.clone() }
header! { ListUnsubscribePost Self, "List-Unsubscribe-Post" => "List-Unsubscribe=One-Click".to_owned() }
header! { CalendarType Self, "Content-Type" => "text/calendar; charset=utf-8; method=PUBLISH".to_owned() }
