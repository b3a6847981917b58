//! Reports and exports as documents: figures become tables, rows become CSV, XLSX, JSON Lines and OSCAL. Where
//! they come from, and who may see them, is not known here.

mod columns;
mod form;
mod pool;
mod table;

pub mod approvers;
pub mod calendar;
pub mod kpi;
pub mod oscal;
pub mod register;
pub mod report;

pub use form::{Failed, Form, Rest, Sheet};
pub use pool::{Pool, share};
pub use report::{Answer, BadReport, Name, Question, assembled, plan};
pub use table::{Cell, Column, Table, Unit, column};
