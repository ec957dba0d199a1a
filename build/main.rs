//! Compiles the protos without `protoc`, and generates the access rules from their options.

mod rules;

use prost::Message;
use std::{env, error::Error, fs, path::PathBuf};

const PRESETS: &str = "presets";

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo:rerun-if-changed=proto");
    println!("cargo:rerun-if-changed={PRESETS}");
    println!("cargo:rerun-if-changed=build");
    #[allow(
        clippy::disallowed_methods,
        reason = "this is how cargo tells a build script its folder; no setting"
    )]
    let out = PathBuf::from(env::var("OUT_DIR")?);

    let mut compiler = protox::Compiler::new(["proto"])?;
    compiler.include_source_info(true).include_imports(true);
    compiler.open_files(files("proto", "proto")?)?;
    // These bytes keep the options; the typed form below drops them and serves the code generation only.
    let descriptors = compiler.encode_file_descriptor_set();
    fs::write(out.join("descriptors.bin"), &descriptors)?;

    let mut catalogs = Vec::new();
    for file in files(PRESETS, "toml")? {
        let name = file.file_stem().unwrap_or_default().to_string_lossy();
        catalogs.push(rules::Catalog::of_preset(&name, &fs::read_to_string(&file)?)?);
    }
    let generated = rules::generate(&compiler.descriptor_pool(), &catalogs).map_err(|faults| faults.join("\n"))?;
    let (table, requests) = generated
        .split_once("//---- requests\n")
        .ok_or("the generator's marker is gone")?;
    fs::write(out.join("rules.rs"), table)?;
    fs::write(out.join("requests.rs"), requests)?;

    tonic_prost_build::configure()
        .include_file("mod.rs")
        .extern_path(".google.rpc.Status", "::tonic_types::Status")
        .compile_fds(tonic_prost_build::FileDescriptorSet::decode(&descriptors[..])?)?;
    Ok(())
}

/// Every file below a folder with this ending, in a fixed order, so that the output doesn't depend on the file system.
fn files(folder: &str, ending: &str) -> Result<Vec<PathBuf>, std::io::Error> {
    let mut found = Vec::new();
    let mut folders = vec![PathBuf::from(folder)];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(folder)? {
            let path = entry?.path();
            if path.is_dir() {
                folders.push(path);
            } else if path.extension().is_some_and(|e| e == ending) {
                found.push(path);
            }
        }
    }
    found.sort();
    Ok(found)
}
