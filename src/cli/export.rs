//! `proviso export`: a list as a file, through a running service. What was rejected stands in no register of
//! CISO Assistant, and that is said.

use std::{
    fs::File,
    io::{BufWriter, Write, stdout},
    path::PathBuf,
};

use anyhow::Context;
use clap::{Args, ValueEnum};

use super::{
    Failure,
    client::{Asking, Service},
    report::filters,
};
use crate::config::Config;

#[derive(Debug, Args)]
pub(super) struct Export {
    #[command(flatten)]
    pub(super) asking: Asking,
    /// Which list.
    #[arg(value_enum)]
    list: List,
    /// In which form; the last two are for exceptions.
    #[arg(long, value_enum, default_value_t = Form::Csv)]
    form: Form,
    /// Into this file, and not to standard output.
    #[arg(long, value_name = "FILE")]
    to: Option<PathBuf>,
    /// A filter or the order of the list, as in `state=active,re_review`; may be given more than once.
    #[arg(long = "filter", value_name = "NAME=VALUE")]
    filters: Vec<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum List {
    Exceptions,
    Tasks,
    People,
    Events,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Form {
    Csv,
    Xlsx,
    Jsonl,
    /// The register columns of CISO Assistant.
    CisoAssistant,
    /// An OSCAL plan of action and milestones.
    Oscal,
}

impl Form {
    const fn ending(self) -> &'static str {
        match self {
            Self::Csv => "csv",
            Self::Xlsx => "xlsx",
            Self::Jsonl => "jsonl",
            Self::CisoAssistant => "ciso-assistant.csv",
            Self::Oscal => "oscal.json",
        }
    }
}

impl Export {
    pub(super) fn run(&self, config: &Config) -> Result<(), Failure> {
        let mut service = Service::of(config);
        match &self.to {
            None => service.download(&self.path(), &mut stdout().lock())?,
            Some(file) => {
                let made = File::create(file).with_context(|| format!("{} cannot be written", file.display()))?;
                let mut made = BufWriter::new(made);
                service.download(&self.path(), &mut made)?;
                made.flush()?;
            }
        }
        if self.form == Form::CisoAssistant {
            eprintln!("rejected exceptions are left out: the register has no word for them");
        }
        Ok(())
    }

    fn path(&self) -> String {
        let list = match self.list {
            List::Exceptions => "exceptions",
            List::Tasks => "tasks",
            List::People => "people",
            List::Events => "events",
        };
        format!("/v1/{list}.{}?{}", self.form.ending(), filters(&self.filters).collect::<Vec<_>>().join("&"))
    }
}

#[cfg(test)]
mod tests {
    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Alone {
        #[command(flatten)]
        export: Export,
    }

    #[test]
    fn a_list_and_its_filters_make_an_address() {
        let read = |arguments: &[&str]| {
            Alone::try_parse_from([&["export"], arguments].concat()).map(|alone| alone.export.path()).unwrap()
        };
        assert_eq!(read(&["tasks"]), "/v1/tasks.csv?");
        let filtered =
            ["exceptions", "--form", "ciso-assistant", "--filter", "state=active,re_review", "--filter", "q=a b"];
        assert_eq!(read(&filtered), "/v1/exceptions.ciso-assistant.csv?state=active%2Cre_review&q=a%20b");
    }
}
