//! Builds again when the page that is built into the binary changes.

fn main() {
    println!("cargo:rerun-if-changed=../target/site");
}
