//! The Worker's parts: the host's module, the components as JavaScript takes them, and one file that joins them, into
//! `target/worker/`. Needs no Cloudflare account; `frontmcp-host worker build` adds a bundle and a configuration.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, Result, ensure};

use crate::layout::Layout;
use crate::shell::{self, run, say};
use crate::toolchain::{TARGET, Toolchain};
use crate::{clients, guests, imports, stamp};

/// The largest sum of all parts, each by gzip -9, in bytes.
const BUDGET: usize = 2_200_000;

/// Components that the Worker instantiates.
const COMPONENTS: [&str; 2] = ["target/guests/agentscript.wasm", "target/guests/cloudflare.wasm"];

/// What goes into the Worker, and what else is in `target/worker/`.
const PARTS: [&str; 4] = ["host.wasm", "agentscript.wasm", "cloudflare.wasm", "frontmcp.js"];

/// What the bytes depend on, beside the compilers, the components and the JavaScript tools.
const INPUTS: [&str; 8] = [
    "Cargo.toml",
    "Cargo.lock",
    "host/core",
    "host/workerd",
    "tests/clients/package-lock.json",
    "xtask/src/worker.rs",
    "xtask/bindgen",
    "xtask/forge",
];

/// Brings `target/worker/` up to date.
pub(crate) fn ensure(layout: &Layout) -> Result<()> {
    guests::ensure(layout)?;
    clients::ensure(layout)?;
    let toolchain = Toolchain::unwinding()?;
    let output = layout.worker();
    let stamp_file = output.with_extension("stamp");
    let inputs: Vec<&str> = INPUTS.into_iter().chain(COMPONENTS).collect();
    let stamp = stamp::of(&toolchain.identity, &layout.root, &inputs)?;
    if !output.exists() || !stamp::holds(&stamp_file, &stamp) {
        say("building the Worker (the host for WebAssembly takes some minutes the first time)");
        build(layout, &toolchain, &output)?;
        fs::write(&stamp_file, &stamp)?;
    }
    report(&output)
}

fn build(layout: &Layout, toolchain: &Toolchain, output: &Path) -> Result<()> {
    let _ = fs::remove_dir_all(output);
    // The sources expect what is generated beside them.
    let work = output.join("work");
    let generated = work.join("generated");
    fs::create_dir_all(&generated)?;
    host(layout, toolchain, &generated)?;
    optimise(layout, &generated.join("host_bg.wasm"), &output.join("host.wasm"))?;
    sandbox(layout, &generated, output)?;
    adapter(layout, &generated, output)?;
    join(layout, &work, output)?;
    fs::copy(layout.root.join("host/workerd/js/index.d.ts"), output.join("frontmcp.d.ts"))?;
    Ok(fs::remove_dir_all(work)?)
}

/// The sandbox as the Worker instantiates it, without the host around it: to measure.
pub(crate) fn sandbox_alone(layout: &Layout, output: &Path) -> Result<()> {
    let work = output.join("work");
    let _ = fs::remove_dir_all(&work);
    sandbox(layout, &work.join("generated"), output)?;
    fs::copy(layout.root.join("host/workerd/js/sandbox.js"), work.join("sandbox.js"))?;
    run(&mut bundle(layout, &work.join("sandbox.js"), &output.join("sandbox.js")))
}

/// Its module, which is given memory, and what JavaScript reaches it by.
fn sandbox(layout: &Layout, generated: &Path, output: &Path) -> Result<()> {
    let generated = generated.join("agentscript");
    transpile(layout, "agentscript", &generated)?;
    let small = generated.join("small.wasm");
    optimise(layout, &generated.join("agentscript.core.wasm"), &small)?;
    run(shell::cargo(&layout.root).args(["build", "--quiet", "--bin", "frontmcp-forge"]))?;
    let mut forge = Command::new(layout.binary("frontmcp-forge"));
    forge.arg("--import-memory").arg(small).arg(output.join("agentscript.wasm"));
    let pages = shell::output(&mut forge).context("the sandbox's memory cannot be imported")?;
    let memory =
        format!("/** Pages of memory that a sandbox begins with. */\nexport const PAGES = {pages};\n");
    Ok(fs::write(generated.join("memory.js"), memory)?)
}

fn adapter(layout: &Layout, generated: &Path, output: &Path) -> Result<()> {
    let generated = generated.join("cloudflare");
    transpile(layout, "cloudflare", &generated)?;
    let used = generated.join("used.wasm");
    leave_out(layout, &generated.join("cloudflare.core.wasm"), &used)?;
    optimise(layout, &used, &output.join("cloudflare.wasm"))
}

/// The host's module, and what JavaScript reaches it by.
fn host(layout: &Layout, toolchain: &Toolchain, generated: &Path) -> Result<()> {
    let target = layout.cache.join("worker");
    let mut cargo = toolchain.cargo("build", &layout.root, &target, layout);
    run(cargo.args(["--quiet", "--locked", "--profile", "workerd", "--package", "frontmcp-workerd"]))?;
    let module = target.join(TARGET).join("workerd/frontmcp_workerd.wasm");
    run(shell::cargo(&layout.root).args(["build", "--quiet", "--bin", "frontmcp-bindgen"]))?;
    run(Command::new(layout.binary("frontmcp-bindgen")).arg(module).arg(generated).arg("host"))
}

fn optimise(layout: &Layout, module: &Path, output: &Path) -> Result<()> {
    let mut optimise = node(layout, "binaryen/bin/wasm-opt");
    optimise.arg(module).arg("-o").arg(output).args(["-Oz", "--strip-debug", "--strip-producers"]);
    // Packed zeros are many segments: they take longer to lay out, and compress worse than zeros do.
    run(optimise.arg("--skip-pass=memory-packing").args(features()))
}

/// What the modules are made of, for tools that ask.
fn features() -> [String; 8] {
    [
        "mutable-globals",
        "sign-ext",
        "nontrapping-float-to-int",
        "bulk-memory",
        "multivalue",
        "reference-types",
        "exception-handling",
        "tail-call",
    ]
    .map(|feature| format!("--enable-{feature}"))
}

/// Interfaces of components that a running Worker has no use for.
const UNUSED: &str = "frontmcp:adapter/target@";

/// The module without the interfaces that are not used here.
fn leave_out(layout: &Layout, module: &Path, output: &Path) -> Result<()> {
    let exports = imports::exports(&fs::read(module)?)?;
    let used: Vec<&String> = exports.iter().filter(|name| !name.contains(UNUSED)).collect();
    let nodes = used.iter().map(|name| format!(r#"{{"name":"{name}","export":"{name}"}}"#));
    let names = used.iter().map(|name| format!("{name:?}")).collect::<Vec<_>>().join(",");
    let root = format!(r#"{{"name":"outside","root":true,"reaches":[{names}]}}"#);
    let graph = output.with_extension("json");
    fs::write(&graph, format!("[{}]", std::iter::once(root).chain(nodes).collect::<Vec<_>>().join(",")))?;
    let mut metadce = node(layout, "binaryen/bin/wasm-metadce");
    metadce.arg(module).arg("--graph-file").arg(graph).arg("-o").arg(output).args(features());
    // It prints what it left out.
    run(metadce.stdout(Stdio::null()))
}

/// A component as JavaScript that makes a fresh instance of one core module, synchronously.
///
/// By the last jco that writes down calls and nothing else. Later ones keep accounts of asynchronous tasks, even for
/// components that have none: that took three times as long as a small script, and thrice the bytes.
fn transpile(layout: &Layout, name: &str, output: &Path) -> Result<()> {
    let mut jco = node(layout, "@bytecodealliance/jco/src/jco.js");
    jco.arg("transpile").arg(layout.guests().join(format!("{name}.wasm"))).arg("-o").arg(output);
    jco.args(["--instantiation", "sync", "--no-nodejs-compat", "--no-wasi-shim", "--no-typescript"]);
    run(jco.args(["--base64-cutoff", "0", "--quiet"]))
}

/// One module of all JavaScript; WebAssembly stays beside it, since Workers compile none while they run.
fn join(layout: &Layout, work: &Path, output: &Path) -> Result<()> {
    for entry in fs::read_dir(layout.root.join("host/workerd/js"))? {
        let file = entry?.path();
        if file.extension().is_some_and(|extension| extension == "js") {
            fs::copy(&file, work.join(file.file_name().context("a file has a name")?))?;
        }
    }
    run(&mut bundle(layout, &work.join("index.js"), &output.join("frontmcp.js")))
}

/// JavaScript and what it imports, as one module.
fn bundle(layout: &Layout, entry: &Path, output: &Path) -> Command {
    let mut esbuild = Command::new(layout.clients().join("node/node_modules/.bin/esbuild"));
    esbuild.arg(entry).arg(format!("--outfile={}", output.display()));
    esbuild.args(["--bundle", "--format=esm", "--minify", "--legal-comments=none", "--log-level=warning"]);
    esbuild.args(["--external:*.wasm", "--external:cloudflare:*"]);
    esbuild
}

/// A JavaScript tool of the test clients' lock file, by node of the same.
fn node(layout: &Layout, script: &str) -> Command {
    let modules = layout.clients().join("node/node_modules");
    let mut command = Command::new(clients::node(layout));
    command.arg(modules.join(script));
    command
}

/// What each part weighs as it is downloaded.
fn report(output: &Path) -> Result<()> {
    let mut total = 0;
    for part in PARTS {
        let packed = packed_size(&output.join(part))?;
        say(&format!("{part:<18} {:>5} kB gzip", packed.div_ceil(1000)));
        total += packed;
    }
    say(&format!("{:<18} {:>5} kB gzip, of at most {}", "in all", total.div_ceil(1000), BUDGET / 1000));
    ensure!(total <= BUDGET, "the Worker is larger than it may be");
    say(&format!("the Worker's parts are in {}", output.display()));
    Ok(())
}

fn packed_size(file: &PathBuf) -> Result<usize> {
    let content = fs::read(file).with_context(|| format!("reading {}", file.display()))?;
    let mut gzip =
        Command::new("gzip").args(["-9", "-c"]).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn()?;
    let mut input = gzip.stdin.take().context("gzip reads its input")?;
    let writer = std::thread::spawn(move || input.write_all(&content));
    let output = gzip.wait_with_output()?;
    writer.join().ok().context("writing to gzip")??;
    Ok(output.stdout.len())
}
