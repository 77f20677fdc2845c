#!/usr/bin/env python3
# dev: part=http minutes=5
"""The registry as it is read: institutions, staff, oneself, code lists (API 3, MISSION R14).

Shows F134 (name and code), F092 and F128 (one's own data and home), P01 (folding of variants and
widths).
"""
from urllib.parse import quote

import registrants
from world import day, equal, refused, run, staffed_home

PLACES = [("3502990013", "臺大試驗診所", {}), ("3502990022", "台大試驗藥局", {"type": "藥局"}),
          ("3502990031", "ＡＢＣ試驗診所", {}), ("3502990040", "停業試驗診所", {"status": "suspended"}),
          ("3502990059", "歇業試驗診所", {"status": "closed"}),
          ("3602990012", "臺大試驗分院", {"county": "臺中市"}),
          ("350299006Z", "末碼試驗診所", {})]


def prepare(server):
    registrants.take(server, places=[
        registrants.place(code, name,
                          **{**more, **({"status_from": day(-9)} if "status" in more else {})})
        for code, name, more in PLACES])
    registrants.take(server, people=[registrants.person(4000, staffed_home(server), name="離職者",
                                                        status="revoked",
                                                        status_from=day(-5))])


def found(world, q, more="", client=None):
    return [one["code"] for one in world.pages(client or world.clerk,
                                               f"/institutions?limit=50&q={quote(q)}{more}")]


# ---- institutions ----

def a_name_is_found_by_two_characters(world):
    equal({"3502990013", "3502990022", "3602990012"} <= set(found(world, "大試")), True)
    equal(set(found(world, "臺大試驗")), {"3502990013", "3502990022", "3602990012"})


def variants_and_widths_are_the_same(world):
    for q in ("臺大試驗", "台大試驗"):
        equal(set(found(world, q)), {"3502990013", "3502990022", "3602990012"})
    for q in ("ABC試驗", "ａｂｃ試驗", "ＡＢＣ試驗", "abc試驗診所"):
        equal(found(world, q), ["3502990031"])
    for q in ("３５０２９９００１３", "3502990013"):
        equal(found(world, q)[0], "3502990013")
    equal(found(world, "350299006z"), ["350299006Z"])


def the_best_match_comes_first(world):
    """Code equal, code begins; name equal, begins, holds it; open and short ones first."""
    equal(found(world, "3502990013"), ["3502990013"])
    equal(found(world, "350299"),
          [code for code in found(world, "350299") if code.startswith("350299")])
    equal(found(world, "臺大試驗診所")[0], "3502990013")
    equal(set(found(world, "試驗診所")[-2:]), {"3502990040", "3502990059"})


def a_query_has_two_to_twelve_characters(world):
    for q in ("", quote("大"), "%20", "%20%E5%A4%A7%20", "a"):
        answer = refused(world.clerk.get(f"/institutions?q={q}"), 400, "query_too_short")
        equal([one["field"] for one in answer.json["errors"]], ["q"])
    refused(world.clerk.get("/institutions"), 400, "query_too_short")
    refused(world.clerk.get(f"/institutions?q={quote('字' * 13)}"), 400, "bad_query")
    world.clerk.get(f"/institutions?q={quote('字' * 12)}").wants(200)


def filters_narrow_it(world):
    equal(found(world, "臺大試驗", "&county=66000"), ["3602990012"])
    equal(set(found(world, "臺大試驗", "&county=63000")), {"3502990013", "3502990022"})
    kinds = {one["zh"]: one["code"] for one in world.clerk.get("/codes").json["institution_types"]}
    equal(found(world, "臺大試驗", f"&type={kinds['藥局']}"), ["3502990022"])
    equal({"3502990040", "3502990059"} & set(found(world, "試驗診所", "&open=true")), set())
    equal(set(found(world, "試驗診所", "&open=false")), {"3502990040", "3502990059"})
    for more in ("&county=00000", "&county=x", "&type=x", "&type=", "&open=yes", "&limit=0",
                 "&page=201", "&x=1",
                 "&cursor=x", "&cursor=-1"):
        refused(world.clerk.get(f"/institutions?q={quote('試驗')}{more}"), 400, "bad_query")


def pages_go_on(world):
    whole = found(world, "診所", "&county=63000")
    by_cursor = [one["code"]
                 for one in world.pages(world.clerk,
                                        f"/institutions?q={quote('診所')}&county=63000&limit=7")]
    equal(by_cursor, whole)
    page = world.clerk.get(f"/institutions?q={quote('診所')}&county=63000&limit=7&page=2").json
    equal(([one["code"] for one in page["items"]], page["page"]), (whole[7:14], 2))
    equal(len(set(whole)), len(whole))


def totals_are_exact_to_ten_thousand(world):
    few = world.clerk.get(f"/institutions?q={quote('臺大試驗')}").json
    equal((few["total"], few["total_is_min"], few["next_cursor"]), (3, False, None))
    many = world.clerk.get(f"/institutions?q={quote('診所')}&limit=1").json
    equal((many["total"], many["total_is_min"]), (10000, True))


def one_institution_is_shown_whole(world):
    answer = world.clerk.get("/institutions/3502990040").wants(200)
    equal({name: answer.json[name]
           for name in ("code", "name", "county", "status", "status_from", "medical")},
          {"code": "3502990040", "name": "停業試驗診所", "county": "63000", "status": "suspended",
           "status_from": day(-9), "medical": True})
    equal(answer.headers["etag"], f'"{answer.json["version"]}"')
    equal(world.clerk.get("/institutions/3502990013").json["district"], "大安區")
    refused(world.clerk.get("/institutions/3502999999"), 404, "not_found")


def everybody_signed_in_may_search(world):
    for client in (world.person, world.clerk, world.reviewer, world.ops):
        equal(len(found(world, "臺大試驗", client=client)), 3)
    refused(world.anonymous().get("/institutions?q=ab"), 401, "auth_session")


# ---- people ----

def an_institution_sees_its_own_staff(world):
    staff = world.pages(world.clerk, "/staff?limit=5")
    equal(len({one["person_id"] for one in staff}), len(staff))
    equal(world.me["person_id"] in {one["person_id"] for one in staff}, True)
    theirs = {one["person_id"] for one in world.pages(world.other.clerk, "/staff?limit=200")}
    equal(theirs & {one["person_id"] for one in staff}, set())
    gone = [one for one in staff if one["name"] == "離職者"]
    equal([one["status"] for one in gone], ["revoked"])


def staff_is_filtered(world):
    by_profession = world.pages(world.clerk, "/staff?profession=A")
    equal({one["profession"] for one in by_profession}, {"A"})
    name = world.staff[0]["name"]
    equal(name in {one["name"] for one in world.pages(world.clerk, f"/staff?q={quote(name)}")},
          True)
    everyone = world.pages(world.clerk, "/staff?limit=200")
    equal([one["person_id"] for one in
           world.pages(world.clerk, f"/staff?limit=200&q={quote(name[0])}")],
          [one["person_id"] for one in everyone if name[0] in one["name"]])
    equal(world.pages(world.clerk, f"/staff?q={quote('查無此人')}"), [])
    for query in ("profession=AB", "profession=@", "x=1", "limit=201"):
        refused(world.clerk.get(f"/staff?{query}"), 400, "bad_query")


def a_person_sees_himself(world):
    own = next(one for one in world.pages(world.clerk, "/staff?limit=200")
               if one["person_id"] == world.me["person_id"])
    equal({name: value for name, value in world.me.items() if name != "home"}, own)
    equal((world.me["home"]["code"], world.me["name"]), (world.code, world.person_card["name"]))


def a_person_of_no_home_may_not_file(world):
    """Only who practises has a place; others don't get that far."""
    gone = next(one for one in world.pages(world.clerk, "/staff?limit=200") if one["name"] == "離職者")
    line = {"person_id": gone["person_id"], "target": world.targets[0]}
    world.clerk.post("/cases", {"lines": [line]}).wants(201)


# ---- code lists ----

def codes_are_public_and_whole(world):
    codes = world.anonymous().get("/codes").wants(200).json
    equal((len(codes["professions"]), len(codes["counties"])), (32, 22))
    equal([one["zh"] for one in codes["counties"] if one["code"] == "63000"], ["臺北市"])
    professions = {one["code"] for one in codes["professions"]}
    for purpose in codes["purposes"]:
        equal(set(purpose["professions"]) <= professions and len(purpose["professions"]) > 0, True)
    may_not = {one["code"] for one in codes["professions"] if not one["may_file"]}
    equal(may_not, {"2", "4", "L", "M", "N", "O", "P"})
    pharmacist = {one["code"] for one in codes["purposes"] if "D" in one["professions"]}
    equal(len(pharmacist), 5)
    for name in ("professions", "departments", "counties", "institution_types", "purposes"):
        equal(len({one["code"] for one in codes[name]}), len(codes[name]))


if __name__ == "__main__":
    run(a_name_is_found_by_two_characters, variants_and_widths_are_the_same,
        the_best_match_comes_first,
        a_query_has_two_to_twelve_characters, filters_narrow_it, pages_go_on,
        totals_are_exact_to_ten_thousand,
        one_institution_is_shown_whole, everybody_signed_in_may_search,
        an_institution_sees_its_own_staff,
        staff_is_filtered, a_person_sees_himself, a_person_of_no_home_may_not_file,
        codes_are_public_and_whole,
        prepare=prepare)
