//! When people work. The file of holidays is named here and read where the service is put together.

use std::path::PathBuf;

use crate::words::{WorkingHours, Zone, Zones};

/// When people work, for due times that are counted in working hours.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Calendar {
    /// The days and hours.
    pub hours: WorkingHours,
    /// By whose clock.
    pub zone: Zone,
    /// The domains whose people work by another clock.
    pub zones: Zones,
    /// Days off, as a file in the iCalendar format.
    pub holidays: Option<PathBuf>,
}
