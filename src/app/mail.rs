//! From the settings of mail to what sends it, and what somebody with a shell does to the outbox: as the
//! service itself, through the door.

use std::{fs, time::Duration};

use super::{App, StartError, first::asked};
use crate::{
    config::{Mail, MailTransport, Outbound, Smtp, SmtpTls},
    desk::Asked,
    domain::{
        person::By,
        roster::{LetterState, OutwardAction, RosterAction},
    },
    notify::{
        Mailer,
        smtp::{Login, Protection, Server},
    },
    outbound::{Client, Settings as Outside},
    store::{
        outbox::{self, Shelved},
        roster::Secrets,
    },
    words::{LetterId, Opening, Sealer},
};

impl App {
    /// What sends mail; nothing, where none leaves.
    pub fn mailer(&self) -> Result<Option<Mailer>, StartError> {
        mailer(&self.config().mail)
    }

    /// What asks addresses outside, as far as the settings permit.
    pub fn client(&self) -> Result<Client, StartError> {
        client(&self.config().outbound)
    }

    /// Letters that stand so, or all of them, the longest due first.
    pub fn letters(&self, standing: Option<LetterState>, limit: i64) -> Result<Vec<Shelved>, StartError> {
        Ok(self.desk().store().read(|conn| outbox::list(conn, standing, None, limit))?)
    }

    /// One letter.
    pub fn letter(&self, letter: LetterId) -> Result<Option<Shelved>, StartError> {
        Ok(self.desk().store().read(|conn| outbox::one(conn, letter))?)
    }

    /// Makes a letter due now, with all its attempts before it.
    pub fn retry_letter(&self, letter: LetterId) -> Result<(), StartError> {
        self.operate(OutwardAction::RetryLetter { letter }, Vec::new())
    }

    /// Makes every letter that was given up due now; how many they were.
    pub fn retry_letters(&self) -> Result<usize, StartError> {
        let by = By::System { job: "operator".to_owned() };
        let mut all = 0;
        loop {
            match self.desk().retry_dead(&by, None)?.events.len() {
                0 => return Ok(all),
                retried => all += retried,
            }
        }
    }

    /// Gives a letter up for good.
    pub fn discard_letter(&self, letter: LetterId, reason: &str) -> Result<(), StartError> {
        let mut stream = self.desk().random().stream()?;
        let mut salts = || stream.bytes32();
        let mut sealer = Sealer::new(&mut salts);
        let reason = sealer.seal("reason", reason);
        self.operate(OutwardAction::DiscardLetter { letter, reason }, sealer.into_openings())
    }

    /// Whoever has a shell on this machine acts as the service itself.
    pub(super) fn operate(&self, action: OutwardAction, openings: Vec<Opening>) -> Result<(), StartError> {
        let by = By::System { job: "operator".to_owned() };
        let asked = asked(self.desk(), by, RosterAction::Outward(action))?;
        self.desk().administer(Asked { openings, ..asked }, Secrets::default())?.wait()?;
        Ok(())
    }
}

/// How letters leave, as these settings say.
pub(super) fn mailer(mail: &Mail) -> Result<Option<Mailer>, StartError> {
    let mailer = match mail.transport {
        MailTransport::File => Mailer::to_files(&mail.from, &mail.path),
        MailTransport::Smtp => Mailer::to_server(&mail.from, &server(&mail.smtp)?),
        MailTransport::None => return Ok(None),
    };
    mailer.map(Some).map_err(|error| StartError::Setting(error.to_string()))
}

/// What asks addresses outside, as these settings say.
pub(super) fn client(outbound: &Outbound) -> Result<Client, StartError> {
    let setting = |error: String| StartError::Setting(format!("outbound.ca_file: {error}"));
    let authority = outbound.ca_file.as_ref().map(fs::read).transpose();
    let authority = authority.map_err(|error| setting(error.to_string()))?;
    let private_hosts = outbound.private_hosts.clone();
    Client::new(&Outside { private_hosts, authority, ..Outside::default() }).map_err(setting)
}

fn server(smtp: &Smtp) -> Result<Server, StartError> {
    let authority = smtp.ca_file.as_ref().map(fs::read).transpose();
    let authority = authority.map_err(|error| StartError::Setting(format!("mail.smtp.ca_file: {error}")))?;
    let login = smtp.username.as_ref().zip(smtp.password.as_ref());
    Ok(Server {
        host: smtp.host.clone().unwrap_or_default(),
        port: smtp.port(),
        protection: match smtp.tls {
            SmtpTls::StartTls => Protection::StartTls,
            SmtpTls::Implicit => Protection::Implicit,
            SmtpTls::None => Protection::Plain,
        },
        authority,
        login: login.map(|(name, password)| Login { name: name.clone(), password: password.reveal().to_owned() }),
        timeout: Duration::from_secs(u64::from(smtp.timeout)),
        connections: smtp.connections,
    })
}
