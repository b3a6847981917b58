//! `proviso admin`: the first administrator, by somebody with a shell on the machine; then people, roles and
//! tokens, through a running service and in an administrator's session.

use std::io::Read;

use anyhow::Context;
use clap::{Args, Subcommand};
use serde_json::{Value, json};

use super::{
    Failure,
    client::{Asking, Service, Who, encoded},
    output::{Column, Output, say},
};
use crate::{
    app::{App, Timing},
    config::Config,
};

#[derive(Debug, Args)]
pub(super) struct Admin {
    #[command(flatten)]
    pub(super) asking: Asking,
    #[command(subcommand)]
    verb: Verb,
}

#[derive(Debug, Subcommand)]
enum Verb {
    /// Creates the first administrator of an empty database; the password is read from standard input.
    First {
        /// Their name.
        #[arg(long)]
        name: String,
        /// Their mail address, with which they sign in.
        #[arg(long)]
        email: String,
    },
    /// Prints another one-time set-up link for an empty database; those before it hold no more.
    SetupLink,
    /// People.
    #[command(subcommand)]
    Person(Person),
    /// Roles by domain.
    #[command(subcommand)]
    Role(Role),
    /// API tokens.
    #[command(subcommand)]
    Token(Token),
    /// The emergency stop of what runs by itself.
    #[command(subcommand)]
    KillSwitch(KillSwitch),
    /// Lets the running service read its settings anew; nothing changes where they are wrong.
    Reload,
}

#[derive(Debug, Subcommand)]
enum KillSwitch {
    /// Stops all automation, one job or one channel at once; people go on.
    On {
        /// What: all, job:NAME, channel:mail, channel:webhooks or channel:connectors.
        #[arg(long, default_value = "all")]
        scope: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Lets it run again; a second person confirms it.
    Off {
        /// What, as `status` shows it.
        #[arg(long, default_value = "all")]
        scope: String,
    },
    /// Shows what is stopped, and why.
    Status,
}

#[derive(Debug, Subcommand)]
enum Person {
    /// Lists everybody.
    List,
    /// Adds somebody, without a password and without a role.
    Add {
        /// Their name.
        #[arg(long)]
        name: String,
        /// Their mail address.
        #[arg(long)]
        email: String,
        /// For a service account: the id of the human who answers for it.
        #[arg(long, value_name = "PERSON")]
        responsible: Option<String>,
    },
    /// Shows somebody, with what they hold.
    Show {
        /// The person's id.
        person: String,
    },
    /// Changes somebody's name or mail address.
    Change {
        /// The person's id.
        person: String,
        /// The name from now on.
        #[arg(long)]
        name: Option<String>,
        /// The mail address from now on.
        #[arg(long)]
        email: Option<String>,
    },
    /// Draws a temporary password and shows it once.
    Password {
        /// The person's id.
        person: String,
    },
    /// Lets somebody go.
    Leave {
        /// The person's id.
        person: String,
    },
    /// Takes somebody back who had left; what they held is not theirs again.
    Return {
        /// The person's id.
        person: String,
    },
    /// Says that somebody is away: others do meanwhile what they would have to.
    Away {
        /// The person's id.
        person: String,
        /// Until when, such as 2027-01-31T00:00:00Z.
        #[arg(long)]
        until: String,
        /// From when; from now unless it is given.
        #[arg(long)]
        from: Option<String>,
        /// The id of whom to turn to meanwhile; it gives them no right.
        #[arg(long, value_name = "PERSON")]
        stand_in: Option<String>,
    },
    /// Says in which business unit and region somebody works.
    Move {
        /// The person's id.
        person: String,
        /// The business unit, as requests name it.
        #[arg(long)]
        unit: String,
        /// The region, as requests name it.
        #[arg(long)]
        region: Option<String>,
    },
    /// Says that they are back.
    Back {
        /// The person's id.
        person: String,
    },
    /// Erasing somebody, and what keeps anybody from it.
    #[command(flatten)]
    Erasing(Erasing),
}

/// The commands about the erasure of somebody.
#[derive(Debug, Subcommand)]
enum Erasing {
    /// Shows what the erasure of somebody would take and what stands in its way, or what came of it.
    Erasure {
        /// The person's id.
        person: String,
    },
    /// Erases somebody who left, for good, with what `erasure` shows now; a second person confirms it.
    Erase {
        /// The person's id.
        person: String,
    },
    /// Puts a legal hold on somebody: they are not erased until two people lift it.
    Hold {
        /// The person's id.
        person: String,
        /// Why.
        #[arg(long)]
        reason: String,
    },
    /// Lifts the legal hold; a second person confirms it.
    Release {
        /// The person's id.
        person: String,
    },
}

#[derive(Debug, Subcommand)]
enum Role {
    /// Lists what somebody holds.
    List {
        /// The person's id.
        person: String,
    },
    /// Grants a role; what approves or administers waits for a second person.
    Grant {
        /// The person's id.
        person: String,
        /// The role, such as ciso.
        role: String,
        /// Where, such as eu/retail; `/` is everywhere.
        #[arg(long, default_value = "/")]
        domain: String,
    },
    /// Takes a role away.
    Remove {
        /// The person's id.
        person: String,
        /// The grant's id, as `role list` shows it.
        grant: String,
    },
}

#[derive(Debug, Subcommand)]
enum Token {
    /// Lists tokens.
    List,
    /// Issues a token and shows it once.
    Issue {
        /// What it is for.
        #[arg(long)]
        name: String,
        /// What it may be used for; may be given more than once.
        #[arg(long = "scope", required = true)]
        scopes: Vec<String>,
        /// Until when, such as 2027-01-31T00:00:00Z.
        #[arg(long)]
        expires_at: String,
        /// The id of the service account it is for; oneself when not given.
        #[arg(long)]
        person: Option<String>,
    },
    /// Revokes a token.
    Revoke {
        /// The token's id.
        token: String,
    },
}

const PEOPLE: [Column; 4] = [("ID", "/id"), ("NAME", "/name"), ("EMAIL", "/details/email"), ("ACTIVE", "/active")];
const ROLES: [Column; 4] = [("GRANT", "/id"), ("ROLE", "/role"), ("DOMAIN", "/domain"), ("REMOVED", "/removed_at")];
const TOKENS: [Column; 5] =
    [("ID", "/id"), ("NAME", "/name"), ("SCOPES", "/scopes"), ("EXPIRES", "/expires_at"), ("USED", "/last_used_at")];

impl Admin {
    pub(super) fn run(&self, config: Config, output: Output) -> Result<(), Failure> {
        match &self.verb {
            Verb::First { name, email } => first(config, name, email),
            Verb::SetupLink => {
                let (link, until) = App::open(config, Timing::system()?)?.setup_link()?;
                eprintln!("whoever opens this link becomes the first administrator, once, until {until}");
                say(&link)
            }
            Verb::Person(verb) => verb.run(&mut Service::of(&config), output),
            Verb::Role(verb) => verb.run(&mut Service::of(&config), output),
            Verb::Token(verb) => verb.run(&mut Service::of(&config), output),
            Verb::KillSwitch(verb) => verb.run(&mut Service::of(&config), output),
            Verb::Reload => output.one(&Service::of(&config).post(Who::Anybody, "/v1/reload", &json!({}))?),
        }
    }
}

fn first(config: Config, name: &str, email: &str) -> Result<(), Failure> {
    let mut password = String::new();
    std::io::stdin().take(2048).read_to_string(&mut password).context("the password is read from standard input")?;
    let app = App::open(config, Timing::system()?)?;
    if !app.is_empty()? {
        let told = "there are people already: an administrator adds further ones with `proviso admin person add`";
        return Err(Failure::told(super::Code::Failed, told));
    }
    let id = app.add_first(name, email, password.trim_end_matches(['\n', '\r']))?;
    eprintln!("{name} may now sign in at {} as admin and governance", app.config().public_url());
    say(&id.to_string())
}

impl KillSwitch {
    fn run(&self, service: &mut Service, output: Output) -> Result<(), Failure> {
        let path = "/v1/automation";
        match self {
            Self::On { scope, reason } => {
                let body = json!({ "scope": scope, "state": "halted", "reason": reason });
                output.one(&service.put(Who::Anybody, path, &body)?)
            }
            Self::Off { scope } => {
                output.one(&service.put(Who::Person, path, &json!({ "scope": scope, "state": "running" }))?)
            }
            Self::Status => output.one(&service.get(path)?),
        }
    }
}

impl Person {
    fn run(&self, service: &mut Service, output: Output) -> Result<(), Failure> {
        let path = |person: &str| format!("/v1/people/{}", encoded(person));
        let command = |service: &mut Service, person: &str, verb: &str| {
            service.post(Who::Anybody, &format!("{}/{verb}", path(person)), &json!({}))
        };
        match self {
            Self::List => output.rows(&PEOPLE, &service.list("/v1/people", usize::MAX)?),
            Self::Add { name, email, responsible } => {
                let mut body = json!({ "name": name, "email": email });
                if let (Some(responsible), Some(body)) = (responsible, body.as_object_mut()) {
                    body.insert("service".to_owned(), json!({ "responsible": responsible }));
                }
                output.one(&service.post(Who::Anybody, "/v1/people", &body)?)
            }
            Self::Show { person } => output.one(&service.get(&path(person))?),
            Self::Change { person, name, email } => {
                let given = [("name", name), ("email", email)];
                let given = given.into_iter().filter_map(|(key, value)| Some((key.to_owned(), json!(value.as_ref()?))));
                output.one(&service.amend(&path(person), &Value::Object(given.collect()))?)
            }
            Self::Password { person } => output.one(&command(service, person, "password")?),
            Self::Leave { person } => output.one(&command(service, person, "leave")?),
            Self::Return { person } => output.one(&command(service, person, "return")?),
            Self::Away { person, until, from, stand_in } => {
                let body = json!({ "starts": from, "ends": until, "stand_in": stand_in });
                output.one(&service.put(Who::Anybody, &format!("{}/absence", path(person)), &body)?)
            }
            Self::Move { person, unit, region } => {
                let body = json!({ "unit": unit, "region": region });
                output.one(&service.put(Who::Anybody, &format!("{}/unit", path(person)), &body)?)
            }
            Self::Erasing(erasing) => erasing.run(service, output),
            Self::Back { person } => told(output, &service.delete(&format!("{}/absence", path(person)))?),
        }
    }
}

impl Erasing {
    fn run(&self, service: &mut Service, output: Output) -> Result<(), Failure> {
        let path = |person: &str| format!("/v1/people/{}", encoded(person));
        match self {
            Self::Erasure { person } => output.one(&service.get(&format!("{}/erasure", path(person)))?),
            Self::Erase { person } => {
                let preview = service.get(&format!("{}/erasure", path(person)))?;
                let found = preview.pointer("/would/found");
                output.one(&service.post(
                    Who::Anybody,
                    &format!("{}/erase", path(person)),
                    &json!({ "found": found }),
                )?)
            }
            Self::Hold { person, reason } => {
                let body = json!({ "reason": reason });
                output.one(&service.put(Who::Anybody, &format!("{}/hold", path(person)), &body)?)
            }
            Self::Release { person } => told(output, &service.delete(&format!("{}/hold", path(person)))?),
        }
    }
}

impl Role {
    fn run(&self, service: &mut Service, output: Output) -> Result<(), Failure> {
        let path = |person: &str| format!("/v1/people/{}/roles", encoded(person));
        match self {
            Self::List { person } => output.rows(&ROLES, &service.list(&path(person), usize::MAX)?),
            Self::Grant { person, role, domain } => {
                let body = json!({ "role": role, "domain": domain });
                output.one(&service.post(Who::Anybody, &path(person), &body)?)
            }
            Self::Remove { person, grant } => {
                told(output, &service.delete(&format!("{}/{}", path(person), encoded(grant)))?)
            }
        }
    }
}

impl Token {
    fn run(&self, service: &mut Service, output: Output) -> Result<(), Failure> {
        match self {
            Self::List => output.rows(&TOKENS, &service.list("/v1/tokens", usize::MAX)?),
            Self::Issue { name, scopes, expires_at, person } => {
                let mut body = json!({ "name": name, "scopes": scopes, "expires_at": expires_at });
                if let (Some(person), Some(body)) = (person, body.as_object_mut()) {
                    body.insert("person".to_owned(), json!(person));
                }
                output.one(&service.post(Who::Person, "/v1/tokens", &body)?)
            }
            Self::Revoke { token } => told(output, &service.delete(&format!("/v1/tokens/{}", encoded(token)))?),
        }
    }
}

/// An answer that may have nothing to tell.
fn told(output: Output, answer: &Value) -> Result<(), Failure> {
    if answer.is_null() { Ok(()) } else { output.one(answer) }
}
