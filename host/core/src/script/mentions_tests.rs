//! Which members of a namespace a script is given: those it names, or all where that cannot be told.

use super::*;

fn used(code: &str) -> Option<Members> {
    Mentions::of(code, &["acme".to_owned()]).namespaces.remove("acme")
}

fn named(names: &[&str]) -> Option<Members> {
    Some(Members::Named(names.iter().map(|name| (*name).to_owned()).collect()))
}

#[test]
fn members_that_are_written_out_are_told_by_name() {
    assert_eq!(used("return await acme.getOrder({})"), named(&["getOrder"]));
    assert_eq!(used("acme\n  .getOrder({}); acme . list()"), named(&["getOrder", "list"]));
    assert_eq!(used("f(...acme.list); a.acme.b"), named(&["b", "list"]));
    assert_eq!(used("callTool('acme.getOrder')"), named(&["getOrder"]));
    assert_eq!(used("acme._x$1"), named(&["_x$1"]));
}

#[test]
fn any_other_use_is_of_all_members() {
    let uses = [
        "acme['get' + x]()",
        "const { getOrder } = acme",
        "Object.keys(acme)",
        "acme?.getOrder()",
        "const a = acme; a.list(); acme.getOrder()",
        "acme /* . */ .getOrder()",
        "acme.getÖrder()",
        "f(acme, 1)",
        "acme",
        "self['acme']",
        "acme.",
        "ac\\u006de.getOrder()",
        "return 1 // \\u0000",
    ];
    for code in uses {
        assert_eq!(used(code), Some(Members::All), "{code}");
    }
}

#[test]
fn a_longer_name_is_another() {
    assert_eq!(used("acme2.list(); myacme.list(); acme_.x; $acme.y"), None);
    assert_eq!(used("return 1"), None);
}

#[test]
fn other_parts_are_told_by_their_names() {
    let told = Mentions::of("return ctx.input", &[]);
    assert_eq!((told.tools, told.skills, told.ctx), (false, false, true));
    let told = Mentions::of("return [getTool('a'), skills]", &[]);
    assert_eq!((told.tools, told.skills, told.ctx), (true, true, false));
    let told = Mentions::of("return '\\u0061'", &[]);
    assert!(told.tools && told.skills && told.ctx);
}
