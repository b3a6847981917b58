//! The budgets that are used up of what an exception deviates from: what whoever files it is told before they do.

use actix_web::{HttpResponse, get};
use serde::Serialize;
use utoipa::ToSchema;

use super::path::ExceptionPath;
use crate::{
    domain::facts::UsedUp,
    web::{call::Call, hand_over, page::Page, problem::Problem},
};

/// A budget of a procedure that is used up: one more exception is beyond what it tolerates.
#[derive(Debug, Clone, Serialize, ToSchema)]
#[schema(as = UsedUpBudget)]
pub struct UsedUpView {
    /// The clause.
    pub clause: String,
    /// The business unit; `null` for requests that name none.
    pub business_unit: Option<String>,
    /// How many exceptions in effect are tolerated, where that is used up.
    pub exceptions: Option<u64>,
    /// How many days of them together are tolerated, where that is used up.
    pub days: Option<u64>,
}

impl From<&UsedUp> for UsedUpView {
    fn from(used_up: &UsedUp) -> Self {
        let UsedUp { clause, business_unit, exceptions, days } = used_up.clone();
        Self { clause, business_unit, exceptions, days }
    }
}

/// List the budgets that are used up
#[utoipa::path(
    tag = "Exceptions",
    summary = "List the budgets that are used up",
    description = "Of the clauses that it deviates from, those whose budget in its business unit is used up now, by the newest version of its procedure. A request can be submitted all the same: governance is asked whether the rule is still right. How many others there are is not told.",
    params(ExceptionPath),
    responses((status = 200, description = "The budgets.", body = Page<UsedUpView>)),
)]
#[get("/v1/exceptions/{id}/budgets")]
pub async fn list_used_up(call: Call) -> Result<HttpResponse, Problem> {
    let (find, by) = (call.target()?, call.by.clone());
    let found = hand_over::read(&call.web.desk, move |desk| {
        let found = desk.find(&by, &find)?;
        desk.used_up(&found.what)
    });
    let items = found.await?.iter().map(UsedUpView::from).collect();
    Ok(HttpResponse::Ok().json(Page { items, next_cursor: None }))
}
