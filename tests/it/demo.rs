//! The demonstration's people and exceptions are made through the door.

use proviso::{app::{App, Timing, seed}, config::Config};

#[test]
fn a_demonstration_can_be_made() {
    let folder = tempfile::tempdir().unwrap();
    let url = format!("sqlite:{}/x.sqlite", folder.path().display());
    let files = folder.path().join("files").display().to_string();
    let overrides = [("database.url".to_owned(), url), ("attachments.path".to_owned(), files)];
    let config = Config::load(None, std::iter::empty(), &overrides).unwrap();
    let app = App::open(config, Timing::demonstration().unwrap()).unwrap();
    let guests = seed(&app).unwrap();
    assert_eq!(guests.len(), 15);
}
