//! What the machine shows: room on the disk, folders that can be written, mail, backups.

use std::{
    fs::{self, OpenOptions},
    path::{Path, PathBuf},
    process::Command,
};

use chrono::{DateTime, Utc};

use super::Finding;
use crate::{
    backup,
    config::{Config, MailTransport},
    store::DatabaseUrl,
};

/// The least room on a disk, in bytes.
const LEAST_ROOM: u64 = 1 << 30;
/// How old the newest backup may be, in hours.
const OLDEST_BACKUP: i64 = 24;

pub(super) fn findings(config: &Config, now: DateTime<Utc>) -> Vec<Finding> {
    let mut findings: Vec<Finding> = disks(config).iter().map(room).collect();
    findings.push(writable("attachments", &config.attachments.path, "attachments.path"));
    findings.push(mail(config));
    findings.push(newest_backup(config, now));
    findings
}

/// A file system on which something grows.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Disk {
    mounted_at: String,
    free_bytes: u64,
}

/// Each once, however many folders lie on it; none where it cannot be told.
fn disks(config: &Config) -> Vec<Disk> {
    let url: Option<DatabaseUrl> = config.database.url.reveal().parse().ok();
    let file = url.as_ref().and_then(DatabaseUrl::file).and_then(Path::parent).map(Path::to_owned);
    let folders = file.iter().chain([&config.attachments.path]);
    let mut disks: Vec<Disk> = folders.filter_map(|folder| disk(&existing(folder))).collect();
    disks.sort();
    disks.dedup_by(|one, other| one.mounted_at == other.mounted_at);
    disks
}

/// The nearest folder that is there.
fn existing(folder: &Path) -> PathBuf {
    let found = folder.ancestors().find(|path| path.is_dir());
    found.filter(|path| !path.as_os_str().is_empty()).map_or_else(|| PathBuf::from("."), Path::to_owned)
}

fn room(disk: &Disk) -> Finding {
    const CHECK: &str = "disk space";
    let found = format!("{} MiB free on {}", disk.free_bytes >> 20, disk.mounted_at);
    if disk.free_bytes >= LEAST_ROOM {
        return Finding::ok(CHECK, found);
    }
    Finding::missing(CHECK, found, "free at least 1 GiB: a full disk stops every decision")
}

/// The file system of a folder, as POSIX `df -P` tells it.
fn disk(folder: &Path) -> Option<Disk> {
    let ended = Command::new("df").args(["-P", "-k"]).arg(folder).env("LC_ALL", "C").output().ok()?;
    let text = String::from_utf8(ended.stdout).ok()?;
    let mut fields = text.lines().nth(1)?.split_whitespace().skip(3);
    let kibibytes: u64 = fields.next()?.parse().ok()?;
    let mounted_at = fields.nth(1)?.to_owned();
    Some(Disk { mounted_at, free_bytes: kibibytes.checked_mul(1024)? })
}

fn writable(check: &'static str, folder: &Path, key: &str) -> Finding {
    let probe = existing(folder).join(format!(".proviso-doctor-{}", std::process::id()));
    let mut options = OpenOptions::new();
    match options.write(true).create_new(true).open(&probe).and_then(|_| fs::remove_file(&probe)) {
        Ok(()) => Finding::ok(check, format!("{} can be written", folder.display())),
        Err(error) => Finding::missing(
            check,
            format!("{} cannot be written: {error}", folder.display()),
            format!("let the service's user write there, or set {key}"),
        ),
    }
}

fn mail(config: &Config) -> Finding {
    const CHECK: &str = "mail";
    let transport = config.mail.transport;
    if transport == MailTransport::None {
        let remedy = "set mail.transport: without mail people find their work only on the desk";
        return Finding::missing(CHECK, "no letter leaves", remedy);
    }
    if transport == MailTransport::File {
        let found = writable(CHECK, &config.mail.path, "mail.path");
        if found.state != super::State::Ok {
            return found;
        }
        let remedy = "something has to send them on; see mail.transport";
        return Finding::note(CHECK, format!("letters become files in {}", config.mail.path.display()), remedy);
    }
    Finding::ok(CHECK, format!("letters leave by {transport}"))
}

fn newest_backup(config: &Config, now: DateTime<Utc>) -> Finding {
    const CHECK: &str = "backup";
    const REMEDY: &str = "run `proviso backup create` there every day, from a timer";
    let Some(folder) = &config.backup.folder else {
        return Finding::note(CHECK, "nobody looks after backups here", "set backup.folder to have their age checked");
    };
    match backup::newest(folder) {
        Ok(Some(made)) if (now - made).num_hours() < OLDEST_BACKUP => {
            Finding::ok(CHECK, format!("the newest is of {made}"))
        }
        Ok(Some(made)) => Finding::missing(CHECK, format!("the newest is of {made}, more than a day old"), REMEDY),
        Ok(None) => Finding::missing(CHECK, format!("there is none in {}", folder.display()), REMEDY),
        Err(error) => Finding::missing(CHECK, error.to_string(), REMEDY),
    }
}

#[cfg(test)]
mod tests {
    use super::{super::State, *};

    #[test]
    fn a_folder_of_backups_is_judged_by_its_newest() {
        let now: DateTime<Utc> = "2026-03-02T09:00:00Z".parse().expect("a time");
        let folder = tempfile::tempdir().expect("folder");
        let mut config = Config::default();
        assert_eq!(newest_backup(&config, now).state, State::Note);
        config.backup.folder = Some(folder.path().to_owned());
        assert_eq!(newest_backup(&config, now).state, State::Missing);
        let manifest = |made_at: &str| {
            let hash = "0".repeat(64);
            serde_json::json!({
                "format": 1, "made_at": made_at, "kind": "sqlite", "attachments": [],
                "database": { "name": "b", "bytes": 0, "hash": hash },
                "contents": { "leaves": 0, "root": hash, "tables": [] },
            })
        };
        for (name, made_at, state) in
            [("old", "2026-03-01T08:00:00Z", State::Missing), ("new", "2026-03-02T08:00:00Z", State::Ok)]
        {
            let path = folder.path().join(format!("{name}.manifest.json"));
            fs::write(path, manifest(made_at).to_string()).expect("manifest");
            assert_eq!(newest_backup(&config, now).state, state, "{name}");
        }
    }

    #[test]
    fn mail_leaves_becomes_files_or_does_not_leave() {
        let folder = tempfile::tempdir().expect("folder");
        let mut config = Config::default();
        config.mail.path = folder.path().to_owned();
        for (transport, state, remedy) in [
            (MailTransport::None, State::Missing, "only on the desk"),
            (MailTransport::File, State::Note, "something has to send them on"),
            (MailTransport::Smtp, State::Ok, ""),
        ] {
            config.mail.transport = transport;
            let finding = mail(&config);
            assert_eq!(finding.state, state, "{finding:?}");
            assert!(finding.remedy.contains(remedy), "{finding:?}");
        }
        config.mail.transport = MailTransport::File;
        config.mail.path = PathBuf::from("/proc/1");
        let finding = mail(&config);
        assert_eq!(finding.state, State::Missing, "{finding:?}");
        assert!(finding.remedy.contains("mail.path"), "{finding:?}");
    }

    #[test]
    fn this_machine_has_a_disk_and_a_folder_to_write() {
        let folder = tempfile::tempdir().expect("folder");
        let disk = disk(folder.path()).expect("a disk");
        assert!(disk.mounted_at.starts_with('/'));
        assert_eq!(room(&Disk { free_bytes: LEAST_ROOM - 1, ..disk }).state, State::Missing);
        assert_eq!(writable("x", &folder.path().join("deeper/still"), "x").state, State::Ok);
        assert_eq!(writable("x", Path::new("/proc/1"), "x").state, State::Missing);
    }
}
