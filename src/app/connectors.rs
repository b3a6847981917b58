//! From the settings of connectors to what tells other systems, and what somebody with a shell looks at.

use std::collections::BTreeMap;

use super::{App, StartError};
use crate::{
    connect::{
        Connector,
        brake::Brake,
        check::{self, Finding},
        send::{Done, Errand, Fault, Sender},
    },
    jobs::errand::{About, look},
    store::{
        exceptions::exception_by_number,
        outbox::errands::{self, Backlog, Routes, Use},
        timeline::{self, Span, What},
        usage::usage,
    },
    web::{
        Settings as WebSettings,
        flows::{FlowMap, since},
    },
};

/// Which connectors are told of which events.
pub(super) fn routes(connectors: &BTreeMap<String, Connector>) -> Routes {
    let mut routes = Routes::default();
    for connector in connectors.values() {
        connector.on.iter().for_each(|code| routes.add(code, &connector.name));
    }
    routes
}

/// How much each connection was used, and what waits, by the connections' names.
pub type Connections = (BTreeMap<String, Use>, BTreeMap<String, Backlog>);

impl App {
    /// What makes the calls of connectors.
    fn sender(&self) -> Result<Sender, StartError> {
        Ok(Sender::new(self.client()?, Brake::none()))
    }

    /// The connector of this name.
    pub fn connector(&self, name: &str) -> Result<&Connector, StartError> {
        let found = self.config().connectors.get(name);
        found.ok_or_else(|| StartError::Setting(format!("there is no [connector.{name}]")))
    }

    /// What of it would not work, by calls that change nothing.
    pub fn check_connector(&self, connector: &Connector) -> Result<Vec<Finding>, StartError> {
        Ok(check::check(&self.sender()?, connector, self.desk().clock().now()))
    }

    /// How much each connection was used, and what waits.
    pub fn connections(&self) -> Result<Connections, StartError> {
        Ok(self
            .desk()
            .store()
            .read(|conn| Ok::<_, crate::store::StoreError>((errands::uses(conn)?, errands::backlogs(conn)?)))?)
    }

    /// What flows where.
    pub fn flows(&self) -> Result<FlowMap, StartError> {
        let now = self.desk().clock().now();
        let usage = self.desk().store().read(|conn| usage(conn, now, since(now)))?;
        Ok(FlowMap::of(&WebSettings::of(self.config()), &usage, now))
    }

    /// What a connector would tell of an exception's last event that it is told of, or else of its last event.
    pub fn errand(&self, connector: &Connector, number: &str) -> Result<Errand, StartError> {
        let missing = || StartError::Setting(format!("there is no exception {number}"));
        let url = self.config().public_url();
        self.desk().store().read(|conn| {
            let id = exception_by_number(conn, number)?.ok_or_else(missing)?;
            let all = Span { after: 0, limit: i64::MAX, what: What::Open };
            let events = timeline::events(conn, id, all)?;
            let meant = events.iter().rev().find(|entry| connector.on.contains(entry.event.deed.code()));
            let event = meant.or(events.last()).ok_or_else(missing)?.seq;
            let about = About { exception: id, event, delivery: "test", public_url: url.as_str() };
            Ok(look(conn, connector, about)?.errand)
        })
    }

    /// Runs an errand now, past the outbox; what came of it is not kept.
    pub fn run_errand(&self, connector: &Connector, errand: &Errand) -> Result<Result<Done, Fault>, StartError> {
        Ok(self.sender()?.run(connector, errand, self.desk().clock().now()))
    }
}
