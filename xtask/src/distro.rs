//! Packages of Debian and Ubuntu, for what neither cargo nor rustup can bring. Touches no other system.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, bail};

use crate::shell::{find, output, run, say};

/// Installs packages, saying which and why.
pub(crate) fn install(why: &str, packages: &[&str]) -> Result<()> {
    let list = packages.join(" ");
    if find("apt-get").is_none() {
        bail!("{why} needs programs that are missing here; install the equivalent of: {list}");
    }
    say(&format!("installing for {why}: {list}"));
    let installed = apt(&["install", "-y", "--no-install-recommends"], packages);
    if installed.is_err() {
        say("the package lists may be old; refreshing them");
        apt(&["update"], &[])?;
        apt(&["install", "-y", "--no-install-recommends"], packages)
            .with_context(|| format!("{why} needs the packages {list}"))?;
    }
    Ok(())
}

fn apt(arguments: &[&str], packages: &[&str]) -> Result<()> {
    let mut command = if is_root() {
        Command::new("apt-get")
    } else {
        let mut sudo = Command::new("sudo");
        sudo.arg("apt-get");
        sudo
    };
    run(command.arg("-qq").args(arguments).args(packages).env("DEBIAN_FRONTEND", "noninteractive"))
}

fn is_root() -> bool {
    !Path::new("/usr/bin/sudo").exists() || output(Command::new("id").arg("-u")).as_deref() == Some("0")
}
