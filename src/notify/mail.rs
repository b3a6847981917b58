//! One letter as a mail message (RFC 5322), and the way it leaves the house: as a file or to a mail
//! server. Sending twice gives the same message with the same Message-ID. Who is told what is not known here.

use std::{fs, path::Path, time::SystemTime};

use lettre::{
    Address, FileTransport, Message, Transport,
    message::{
        Mailbox, SinglePart,
        header::{Header, HeaderName, HeaderValue},
    },
};
use uuid::Uuid;

use super::{
    letter::Rendered,
    plain,
    smtp::{Server, Smtp},
};
use crate::{
    domain::request::Time,
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
    /// The letter, by its id in the outbox: it stands for its event, its kind and its addressee.
    pub letter: Uuid,
    /// The exception it is about; its mails make one thread.
    pub exception: ExceptionId,
    /// To whom.
    pub to: Recipient<'a>,
    /// When what it tells of happened.
    pub at: Time,
    /// What it says.
    pub rendered: &'a Rendered,
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
            Way::Files(files) => {
                files.send(message).map(|_| ()).map_err(|error| SendError::Failed(error.to_string()))
            }
            Way::Server(smtp) => smtp.send(message),
        }
    }

    /// The message: RFC 5322, RFC 2045 to 2047, RFC 3834 §5.
    fn message(&self, mail: &Mail<'_>) -> Result<Message, SendError> {
        let name = mail.to.name.map(|name| plain::line(name, MOST_NAME)).filter(|name| !name.is_empty());
        let thread = self.id(Uuid::new_v5(&mail.exception.0, b"thread"));
        let own = self.id(Uuid::new_v5(&mail.letter, mail.to.person.0.as_bytes()));
        Message::builder()
            .from(self.from.clone())
            .to(Mailbox::new(name, address(mail.to.address)?))
            .subject(mail.rendered.subject.as_str())
            .date(SystemTime::from(mail.at))
            .message_id(Some(own))
            .in_reply_to(thread.clone())
            .references(thread)
            .header(AutoSubmitted)
            .singlepart(SinglePart::plain(mail.rendered.text.clone()))
            .map_err(|error| SendError::Unsendable(error.to_string()))
    }

    fn id(&self, id: Uuid) -> String {
        format!("<{id}@{}>", self.host)
    }
}

fn address(text: &str) -> Result<Address, SendError> {
    text.parse().map_err(|error| SendError::Unsendable(format!("the address: {error}")))
}

/// Says that no person wrote it, so that no machine answers (RFC 3834 §5).
#[derive(Debug, Clone)]
struct AutoSubmitted;

impl Header for AutoSubmitted {
    fn name() -> HeaderName {
        HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> HeaderValue {
        HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}
