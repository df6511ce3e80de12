// The JSON Schema against the reader: what one refuses the other refuses, as far as a schema can say it.
#include "config/schema.hpp"
#include "config/preset.hpp"

#include "config/codes.hpp"
#include "config/load.hpp"
#include "config/schema_value.hpp"

#include <boost/json.hpp>
#include <catch2/catch_test_macros.hpp>
#include <catch2/generators/catch_generators_range.hpp>
#include <valijson/adapters/boost_json_adapter.hpp>
#include <valijson/schema.hpp>
#include <valijson/schema_parser.hpp>
#include <valijson/validator.hpp>

#include <algorithm>
#include <array>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <vector>

using namespace nearfar::config;
namespace fs = std::filesystem;
namespace json = boost::json;

namespace {

const fs::path root = NEARFAR_SOURCE_DIR;

std::string read(const fs::path& path) {
  std::ifstream in(path, std::ios::binary);
  REQUIRE(in.is_open());
  return {std::istreambuf_iterator<char>(in), std::istreambuf_iterator<char>()};
}

std::vector<fs::path> yaml_files(const fs::path& folder) {
  std::vector<fs::path> found;
  if (!fs::exists(folder)) return found;
  for (const auto& entry : fs::recursive_directory_iterator(folder)) {
    if (entry.path().extension() == ".yaml") found.push_back(entry.path());
  }
  std::ranges::sort(found);
  return found;
}

class checker {
 public:
  explicit checker(const json::value& schema) {
    valijson::SchemaParser parser;
    parser.populateSchema(valijson::adapters::BoostJsonAdapter(schema), schema_);
  }

  // Empty: it fits.
  std::string complaints(const json::value& value) const {
    valijson::Validator validator;
    valijson::ValidationResults results;
    valijson::adapters::BoostJsonAdapter adapter(value);
    if (validator.validate(schema_, adapter, &results)) return {};
    std::string all;
    for (const auto& error : results) {
      for (const auto& step : error.context) all += step;
      all += ": " + error.description + "\n";
    }
    return all.empty() ? "refused" : all;
  }

 private:
  valijson::Schema schema_;
};

const json::value& generated() {
  static const json::value schema = json::parse(configuration_schema());
  return schema;
}

const checker& whole_file() {
  static const checker one(generated());
  return one;
}

// ---- which findings a schema can make -----------------------------------------------------------

enum class sight { always, partly, never };

sight sight_of(std::string_view code) {
  // One value or key at a time, and nothing to look up.
  static const std::set<std::string_view> seen{
      code::wrong_shape,  code::missing_key,       code::unknown_key,    code::unknown_value,
      code::empty_value,  code::not_a_bool,        code::not_a_number,   code::missing_unit,
      code::unknown_unit, code::not_supported_yet, code::literal_secret, code::bad_secret_reference,
      code::bad_version,  code::protected_field,   code::unknown_preset};
  // Names that other parts of the file define, order, what a client could do, what fits together.
  static const std::set<std::string_view> unseen{
      code::plain_http_to_remote,   code::defined_twice,  code::unknown_reference,
      code::unknown_fact,           code::undeclared_tag, code::client_controls_guard,
      code::client_controls_unless, code::name_cycle,     code::keys_do_not_fit};
  if (seen.contains(code)) return sight::always;
  // Ranges of numbers with units, addresses, moments and names: patterns catch most of what is wrong.
  // A guard may lack effect because what it names is not there.
  // Findings about YAML itself leave a tree with holes.
  return unseen.contains(code) ? sight::never : sight::partly;
}

struct blind_spot {
  std::string_view code;  // empty: any
  std::string_view said;  // in its message or help
  std::string_view why;
};

constexpr auto blind_spots = std::to_array<blind_spot>({
    {code::not_a_bool, "`True`", "YAML takes these for truth values"},
    {code::not_a_bool, "`TRUE`", "YAML takes these for truth values"},
    {code::not_a_bool, "`False`", "YAML takes these for truth values"},
    {code::not_a_bool, "`FALSE`", "YAML takes these for truth values"},
    {code::not_a_number, "leading zero", "YAML takes 010 for ten"},
    {code::not_a_number, "digits only", "YAML knows 1e3 and 0x10"},
    {code::not_a_number, "readers differ", "only quotes tell `yes` from \"yes\""},
    {code::empty_value, "if that is meant", "only the word tells null from nothing"},
    {code::missing_key, "`per` what", "whether there is one hangs on what the limit counts"},
    {code::missing_unit, "is no money", "whether it is hangs on what the limit counts"},
    {code::missing_key, "has no `file`", "whether a model needs one hangs on its provider"},
    {code::missing_key, "`url` in provider", "whether a provider needs one hangs on its preset"},
    {code::unknown_fact, "under `facts`", "a fact that is not known lacks its `type`"},
    {{}, "`worn` in `", "the values of a declared fact are told elsewhere in the file"},
});

sight sight_of(const diagnostic& d) {
  const bool blind = std::ranges::any_of(blind_spots, [&](const blind_spot& b) {
    return (b.code.empty() || b.code == d.code) &&
           (d.message.find(b.said) != std::string::npos || d.help.find(b.said) != std::string::npos);
  });
  return blind ? sight::partly : sight_of(d.code);
}

// Compares the two on one text; says what they disagree about, empty if nothing.
std::string disagreement(const std::string& text) {
  diagnostics ignored;
  const auto tree = parse_yaml(text, ignored);
  if (!tree) return {};
  const auto value = as_editors_read(*tree);
  const auto complaints = whole_file().complaints(value);
  const auto result = load_text(text, "file.yaml", "/nonexistent");
  bool must = false;
  bool may = false;
  for (const auto& d : result.found.all()) {
    if (d.level != severity::error) continue;
    must = must || sight_of(d) == sight::always;
    may = may || sight_of(d) != sight::never;
  }
  const auto said = result.found.render(diagnostics::style::plain);
  if (must && complaints.empty()) return "the schema takes what the reader refuses:\n" + said;
  if (!must && !may && !complaints.empty()) return "the schema refuses:\n" + complaints + said;
  return {};
}

// ---- variations of a good file ------------------------------------------------------------------

void write(const yaml_node& node, std::size_t indent, std::string& out) {
  const std::string blanks(indent, ' ');
  switch (node.kind) {
    case node_kind::null:
      out += " ~\n";
      return;
    case node_kind::scalar:
      out += ' ' + (node.plain ? node.text : json::serialize(json::value(node.text))) + '\n';
      return;
    case node_kind::sequence:
      out += node.items.empty() ? " []\n" : "\n";
      for (const auto& item : node.items) {
        out += blanks + "-";
        write(item, indent + 2, out);
      }
      return;
    case node_kind::map:
      out += node.entries.empty() ? " {}\n" : "\n";
      for (const auto& entry : node.entries) {
        out += blanks + json::serialize(json::value(entry.key)) + ":";
        write(entry.value, indent + 2, out);
      }
      return;
  }
}

std::string text_of(const yaml_node& tree) {
  std::string out;
  write(tree, 0, out);
  return out;
}

yaml_node scalar(std::string text, bool plain = true) {
  yaml_node node;
  node.kind = node_kind::scalar;
  node.text = std::move(text);
  node.plain = plain;
  return node;
}

yaml_node empty_of(node_kind kind) {
  yaml_node node;
  node.kind = kind;
  node.written = true;
  return node;
}

std::vector<yaml_node> probes() {
  std::vector<yaml_node> all;
  for (const auto* text : {"true", "yes", "0", "4", "-4", "2.5", "4s", "20%", "8k", "2GiB", "3 USD/M", "free",
                           "none", "nonsense", "two words", "http://10.0.0.1", "127.0.0.1:80", "1e3", "010"})
    all.push_back(scalar(text));
  for (const auto* text : {"", "4", "true", "> 20%", "1..2"}) all.push_back(scalar(text, false));
  for (const auto kind : {node_kind::null, node_kind::sequence, node_kind::map})
    all.push_back(empty_of(kind));
  auto list = empty_of(node_kind::sequence);
  list.items.push_back(scalar("4s"));
  list.items.push_back(empty_of(node_kind::map));
  all.push_back(list);
  auto map = empty_of(node_kind::map);
  map.entries.push_back({"nonsense", {}, scalar("4")});
  all.push_back(map);
  return all;
}

void walk(yaml_node& node, const std::function<void(yaml_node&)>& see) {
  see(node);
  for (auto& item : node.items) walk(item, see);
  for (auto& entry : node.entries) walk(entry.value, see);
}

// ---- the annotations ----------------------------------------------------------------------------

// Calls `see` with every subschema that has examples or a default.
void annotated(const json::value& schema, const std::function<void(const json::object&)>& see) {
  if (const auto* list = schema.if_array()) {
    for (const auto& item : *list) annotated(item, see);
  }
  const auto* map = schema.if_object();
  if (map == nullptr) return;
  if (const auto* examples = map->if_contains("examples"); examples != nullptr && examples->is_array())
    see(*map);
  for (const auto& member : *map) annotated(member.value(), see);
}

}  // namespace

TEST_CASE("config/nearfar.schema.json is the generated schema") {
  // The cure is one command: nearfar schema > config/nearfar.schema.json
  CHECK(read(root / "config/nearfar.schema.json") == configuration_schema());
}

TEST_CASE("config/preset.schema.json is the generated schema of presets, and every preset satisfies it") {
  // The cure is one command: nearfar schema --preset > config/preset.schema.json
  CHECK(read(root / "config/preset.schema.json") == preset_schema());
  const auto schema = json::parse(preset_schema()).as_object();
  const checker check(schema);
  std::size_t seen = 0;
  for (const auto& file : yaml_files(root / "config/presets")) {
    INFO(file.string());
    diagnostics ignored;
    const auto tree = parse_yaml(read(file), ignored);
    REQUIRE(tree);
    CHECK(check.complaints(as_editors_read(*tree)) == "");
    ++seen;
  }
  CHECK(seen == presets().size());
  const auto takes = [&](const std::string& text) { return check.complaints(as_editors_read(text)).empty(); };
  CHECK(takes("{title: X, dialects: {gemini: {path: /a, stream_path: /b}}, quirks: {clamp: {n: [1, 1]}}}"));
  CHECK_FALSE(takes("{title: X}"));
  CHECK_FALSE(takes("{title: X, dialects: {openai: /a}}"));
  CHECK_FALSE(takes("{title: X, dialects: {rerank: a}}"));
  CHECK_FALSE(takes("{title: X, dialects: {rerank: /a}, quirks: {clamp: {n: [1]}}}"));
  CHECK_FALSE(takes("{title: X, dialects: {rerank: /a}, quirks: {tool_choice: [some]}}"));
}

TEST_CASE("every file that is shipped satisfies the schema") {
  std::vector<fs::path> files;
  for (const auto* folder :
       {"config", "examples", "bench", "tests/unit/config/fixtures", "tests/fuzz/corpus"}) {
    for (auto& file : yaml_files(root / folder)) {
      if (read(file).find("version: 1") != std::string::npos) files.push_back(file);
    }
  }
  CHECK(files.size() >= 2);
  for (const auto& file : files) {
    INFO(file.string());
    diagnostics ignored;
    const auto text = read(file);
    if (!load_text(text, file.filename().string(), file.parent_path().string()).value) continue;
    const auto tree = parse_yaml(text, ignored);
    REQUIRE(tree);
    CHECK(whole_file().complaints(as_editors_read(*tree)).empty());
  }
}

TEST_CASE("schema and reader take the same clocks and headers for given") {
  const auto refused = [](const std::string& given) {
    const auto text =
        "version: 1\nproviders: {lab: {tier: self_hosted, preset: vllm, models: [m1]}}\ntests:\n"
        "  - {name: t, given: {model: m1, " +
        given + "}, expect: {target: lab/m1}}\n";
    INFO(text);
    diagnostics ignored;
    const auto tree = parse_yaml(text, ignored);
    REQUIRE(tree);
    const bool by_schema = !whole_file().complaints(as_editors_read(*tree)).empty();
    CHECK(by_schema == (load_text(text, "t.yaml", "/nonexistent").value == nullptr));
    return by_schema;
  };
  for (const auto* good :
       {"time: 00:00", "time: \"23:59\"", "weekday: sun", "header: {X-App: glasses, x-b: 1}"})
    CHECK_FALSE(refused(good));
  for (const auto* bad : {"time: 24:00", "time: 9:30", "time: [12:00]", "time: noon", "weekday: mon-fri",
                          "weekday: Sunday", "header: x-app", "header: {x-app: [a]}", "header: [x-app]"})
    CHECK(refused(bad));
}

TEST_CASE("every modeline names the schema that is there") {
  for (const auto* folder : {"config", "examples"}) {
    for (const auto& file : yaml_files(root / folder)) {
      INFO(file.string());
      const auto text = read(file);
      if (text.find("\nversion: 1\n") == std::string::npos) continue;  // a preset, or not ours at all
      const std::string wanted = "# yaml-language-server: $schema=";
      REQUIRE(text.starts_with(wanted));
      const auto named = text.substr(wanted.size(), text.find('\n') - wanted.size());
      CHECK(fs::equivalent(file.parent_path() / named, root / "config/nearfar.schema.json"));
    }
  }
}

TEST_CASE("schema and reader agree on the corpus of wrong files", "[P6]") {
  const auto file = GENERATE(from_range(yaml_files(root / "tests/unit/config/corpus")));
  INFO(file.filename().string());
  CHECK(disagreement(read(file)) == "");
}

TEST_CASE("schema and reader agree on a good file with one value changed", "[P6]") {
  diagnostics ignored;
  const auto good = parse_yaml(read(root / "tests/unit/config/fixtures/design.yaml"), ignored);
  REQUIRE(good);
  REQUIRE(disagreement(text_of(*good)) == "");
  REQUIRE(whole_file().complaints(as_editors_read(*good)).empty());
  const auto values = probes();
  std::size_t nodes = 0;
  auto tree = *good;
  walk(tree, [&](yaml_node&) { ++nodes; });
  REQUIRE(nodes > 100);
  // Each node gets a few of the values, another few than its neighbour: all of them would take a minute.
  constexpr std::size_t few = 5;
  for (std::size_t i = 0; i < nodes; ++i) {
    for (std::size_t j = 0; j < few; ++j) {
      tree = *good;
      std::size_t at = 0;
      walk(tree, [&](yaml_node& node) {
        if (at++ == i) node = values[(i * few + j) % values.size()];
      });
      const auto text = text_of(tree);
      const auto what = disagreement(text);
      if (!what.empty()) FAIL_CHECK(what);
    }
  }
}

TEST_CASE("schema and reader agree on a good file with a key more or less", "[P6]") {
  diagnostics ignored;
  const auto good = parse_yaml(read(root / "tests/unit/config/fixtures/design.yaml"), ignored);
  REQUIRE(good);
  std::size_t maps = 0;
  auto tree = *good;
  walk(tree, [&](yaml_node& node) { maps += node.kind == node_kind::map ? 1 : 0; });
  const auto with = [&](std::size_t which, const std::function<void(yaml_node&)>& change) {
    tree = *good;
    std::size_t at = 0;
    walk(tree, [&](yaml_node& node) {
      if (node.kind == node_kind::map && at++ == which) change(node);
    });
    const auto text = text_of(tree);
    const auto what = disagreement(text);
    if (!what.empty()) FAIL_CHECK(what);
  };
  for (std::size_t i = 0; i < maps; ++i) {
    std::size_t keys = 0;
    with(i, [&](yaml_node& map) {
      keys = map.entries.size();
      map.entries.push_back({"nonsense", {}, scalar("true")});
    });
    for (std::size_t k = 0; k < keys; ++k) {
      with(i, [&](yaml_node& map) {
        if (k < map.entries.size()) map.entries.erase(map.entries.begin() + static_cast<std::ptrdiff_t>(k));
      });
    }
  }
}

TEST_CASE("every example and default of the schema fits where it stands") {
  std::size_t seen = 0;
  annotated(generated(), [&](const json::object& part) {
    json::object alone = part;
    alone["$defs"] = generated().at("$defs");
    const checker check(alone);
    const auto* doc = part.if_contains("description");
    INFO((doc == nullptr ? "" : doc->as_string().c_str()));
    for (const auto& example : part.at("examples").as_array()) CHECK(check.complaints(example) == "");
    if (const auto* fallback = part.if_contains("default")) CHECK(check.complaints(*fallback) == "");
    ++seen;
  });
  CHECK(seen > 100);
}

TEST_CASE("the schema knows what several keys must bring together") {
  const auto takes = [](const std::string& text) {
    return whole_file().complaints(as_editors_read(text)).empty();
  };
  const std::string begin = "{version: 1, providers: {a: {tier: remote, models: [m]";
  CHECK(takes(begin + ", preset: openai}}}"));
  CHECK_FALSE(takes(begin + "}}}"));
  CHECK(takes(begin + ", preset: openai}}, guards: [{name: g, deny: {tier: remote}}]}"));
  CHECK_FALSE(takes(begin + ", preset: openai}}, guards: [{name: g}]}"));
  CHECK_FALSE(takes(begin + ", preset: openai, key: {env: A, file: b}}}}"));
  CHECK_FALSE(takes("{version: 1, providers: {device: {tier: remote, models: [m], preset: openai}}}"));
}

TEST_CASE("plain words are read as editors read them") {
  const auto reads = [](const char* text) { return json::serialize(as_editors_read(text)); };
  CHECK(reads("{a: 1, b: [1.5, -2, +3, 010, 0x10, 1e3]}") == R"({"a":1,"b":[1.5E0,-2,3,10,16,1E3]})");
  CHECK(reads("[true, False, yes, off]") == R"([true,false,"yes","off"])");
  CHECK(reads("[~, null, \"null\", \"1\", 4s, 1.2.3, 8_192]") ==
        R"([null,null,"null","1","4s","1.2.3","8_192"])");
}
