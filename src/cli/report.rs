//! `proviso report`: figures, through a running service; and what they are counted from built anew, for whoever
//! has a shell on this machine.

use clap::Args;
use serde_json::Value;

use super::{
    Failure,
    client::{Asking, Service, encoded},
    output::{Output, say},
};
use crate::{
    app::{App, Timing},
    config::Config,
};

#[derive(Debug, Args)]
pub(super) struct Report {
    #[command(flatten)]
    pub(super) asking: Asking,
    /// kpi, trends, sla, funnel, variants, workload, hotspots, approvers or expiring; or `rebuild`, which has the
    /// facts that all of them are counted from built anew by the service on this machine's database.
    #[arg(value_name = "REPORT")]
    name: String,
    /// From this instant on, such as 2026-01-01T00:00:00Z.
    #[arg(long)]
    from: Option<String>,
    /// Until before this instant.
    #[arg(long)]
    to: Option<String>,
    /// The beginning of what `kpi` is compared with.
    #[arg(long)]
    compare_from: Option<String>,
    /// Its end.
    #[arg(long)]
    compare_to: Option<String>,
    /// By what it is told apart, such as tier or business_unit.
    #[arg(long)]
    by: Option<String>,
    /// As it stood at this instant.
    #[arg(long)]
    as_of: Option<String>,
    /// For `expiring`: within so many days.
    #[arg(long)]
    days: Option<u32>,
    /// A filter, as in `tier=high,critical`; may be given more than once.
    #[arg(long = "filter", value_name = "NAME=VALUE")]
    filters: Vec<String>,
}

impl Report {
    pub(super) fn run(&self, config: Config, output: Output) -> Result<(), Failure> {
        if self.name == "rebuild" {
            let leaves = App::open(config, Timing::system()?)?.rebuild_reports()?;
            return say(&format!(
                "the service follows {leaves} events anew; until then, the figures of before are told"
            ));
        }
        let found = Service::of(&config).get(&self.path())?;
        let text = |value: &Value, name: &str| value.get(name).and_then(Value::as_str).unwrap_or_default().to_owned();
        let members = |name: &str| found.get(name).and_then(Value::as_array).cloned().unwrap_or_default();
        let names: Vec<String> = members("columns").iter().map(|column| text(column, "name")).collect();
        let told: Vec<(String, String)> = names.iter().map(|name| (name.to_uppercase(), format!("/{name}"))).collect();
        let columns: Vec<(&str, &str)> = told.iter().map(|(head, at)| (head.as_str(), at.as_str())).collect();
        output.rows(&columns, &members("items"))
    }

    fn path(&self) -> String {
        let days = self.days.map(|days| days.to_string());
        let named = [
            ("from", &self.from),
            ("to", &self.to),
            ("compare_from", &self.compare_from),
            ("compare_to", &self.compare_to),
            ("by", &self.by),
            ("as_of", &self.as_of),
            ("days", &days),
        ];
        let given = named.iter().filter_map(|(name, value)| Some(format!("{name}={}", encoded(value.as_ref()?))));
        format!(
            "/v1/reports/{}?{}",
            encoded(&self.name),
            given.chain(filters(&self.filters)).collect::<Vec<_>>().join("&")
        )
    }
}

/// Filters as parts of a query.
pub(super) fn filters(given: &[String]) -> impl Iterator<Item = String> + '_ {
    given.iter().map(|filter| {
        let (name, value) = filter.split_once('=').unwrap_or((filter, ""));
        format!("{}={}", encoded(name), encoded(value))
    })
}
