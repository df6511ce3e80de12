// Presets that the user wrote, and those that come later.
#include "config/preset_file.hpp"

#include "config/load.hpp"
#include "config/preset.hpp"
#include "config/revision.hpp"

#include <catch2/catch_test_macros.hpp>

#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>

using namespace nearfar::config;

namespace {

struct folder {
  folder() {
    path = "/tmp/nearfar-test-XXXXXX";
    REQUIRE(::mkdtemp(path.data()) != nullptr);
    std::filesystem::create_directories(path + "/presets");
  }
  ~folder() { std::filesystem::remove_all(path); }
  void write(std::string_view name, std::string_view text) const {
    std::ofstream(fmt::format("{}/{}", path, name)) << text;
  }
  loaded load(std::string_view preset, std::string_view more = "") const {
    const auto text = fmt::format(
        "version: 1\nserver: {{state: {}}}\nproviders:\n"
        "  mine: {{tier: self_hosted, preset: {}, models: [one]}}\n{}",
        path, preset, more);
    return load_text(text, "nearfar.yaml", path);
  }
  std::string path;
};

constexpr std::string_view good = R"(title: Mine
url: http://127.0.0.1:9000
dialects: {openai-chat: /api/v2/chat/completions}
quirks: {system_only: true}
)";

}  // namespace

TEST_CASE("a provider may name a preset file of the user's own, relative to the configuration") {
  const folder at;
  at.write("presets/mine.yaml", good);
  const auto read = at.load("./presets/mine.yaml");
  INFO(read.found.render(diagnostics::style::plain));
  REQUIRE(read.value);
  const auto* preset = preset_of(read.value->providers.at(0));
  REQUIRE(preset != nullptr);
  CHECK(preset->title == "Mine");
  CHECK(preset->quirks.system_only);
  CHECK(preset->name == "./presets/mine.yaml");
  CHECK(base_url(read.value->providers.at(0)) == "http://127.0.0.1:9000");
  REQUIRE(read.value->included.size() == 2);  // and the place of the catalog
  CHECK(read.value->included[0].path == at.path + "/presets/mine.yaml");
  CHECK(read.value->included[0].text == good);
}

TEST_CASE("two providers share one reading of a preset file") {
  const folder at;
  at.write("presets/mine.yaml", good);
  const auto read = at.load("presets/mine.yaml",
                            "  other: {tier: self_hosted, preset: ./presets/mine.yaml, url: "
                            "\"http://h:1/api/v2\", models: [two]}\n");
  INFO(read.found.render(diagnostics::style::plain));
  REQUIRE(read.value);
  CHECK(read.value->included.size() == 2);
  CHECK(read.value->providers[0].own_preset == read.value->providers[1].own_preset);
  CHECK(base_url(read.value->providers[1]) == "http://h:1");
}

TEST_CASE("what is wrong in a preset file is said of its own lines") {
  const folder at;
  at.write("presets/mine.yaml", "title: Mine\nurl: http://127.0.0.1:9000\ndialects: {openai-caht: /c}\n");
  const auto read = at.load("./presets/mine.yaml");
  CHECK_FALSE(read.value);
  REQUIRE(read.found.all().size() == 1);
  const auto& found = read.found.all()[0];
  CHECK(read.found.file_of(found) == at.path + "/presets/mine.yaml");
  CHECK(found.where.line == 3);
  const auto text = read.found.render(diagnostics::style::plain);
  CHECK(text.find("mine.yaml:3:12") != std::string::npos);
  CHECK(text.find("dialects: {openai-caht: /c}") != std::string::npos);
  CHECK(read.found.render_json().find("presets/mine.yaml") != std::string::npos);
}

TEST_CASE("a preset file that cannot be read is one finding, where it is named") {
  const folder at;
  const auto absent = at.load("./presets/none.yml");
  CHECK_FALSE(absent.value);
  REQUIRE(absent.found.all().size() == 1);
  CHECK(absent.found.all()[0].where.line == 4);
  CHECK(absent.found.all()[0].message.find("No such file") != std::string::npos);
  std::filesystem::create_directories(at.path + "/presets/folder.yaml");
  CHECK(at.load("./presets/folder.yaml").found.all().at(0).message.find("it is a folder") !=
        std::string::npos);
  at.write("presets/long.yaml", std::string(max_preset_bytes + 1, '#'));
  CHECK(at.load("./presets/long.yaml").found.all().at(0).message.find("longer than 1048576 bytes") !=
        std::string::npos);
}

TEST_CASE("another preset file makes another revision") {
  const folder at;
  at.write("presets/mine.yaml", good);
  const auto before = at.load("./presets/mine.yaml").value->revision;
  CHECK(at.load("./presets/mine.yaml").value->revision == before);
  at.write("presets/mine.yaml", std::string(good) + "cancel: full_bill\n");
  CHECK(at.load("./presets/mine.yaml").value->revision != before);
  CHECK(revision_of("a") == revision_of("a", std::vector<included_file>{{"/x", "", nullptr}}));
  CHECK(revision_of("a") != revision_of("a", std::vector<included_file>{{"/x", "b", nullptr}}));
}

TEST_CASE("what no preset can serve yet is refused by name, with a way around it where there is one") {
  const folder at;
  for (const std::string_view name : {"bedrock", "vertex", "azure"}) {
    INFO(name);
    const auto read = at.load(name);
    CHECK_FALSE(read.value);
    REQUIRE(read.found.all().size() == 1);
    CHECK(read.found.all()[0].message == fmt::format("preset `{}` in provider `mine` comes later", name));
    CHECK_FALSE(read.found.all()[0].help.empty());
  }
  CHECK(preset_of_later("azure")->find("openai-compatible") != std::string_view::npos);
  CHECK_FALSE(preset_of_later("openai"));
}
