#include "providers/handover/language.hpp"

#include "providers/handover/text_shape.hpp"

#include <algorithm>
#include <array>
#include <string>

namespace nearfar::providers::handover {
namespace {

constexpr std::size_t looked_at = 2048;  // bytes

struct letters {
  std::size_t latin = 0, cyrillic = 0, greek = 0, hebrew = 0, arabic = 0, devanagari = 0, thai = 0;
  std::size_t han = 0, kana = 0, hangul = 0;
  std::size_t ukrainian = 0, persian = 0;  // letters that the neighbour does not have

  void add(char32_t c) {
    const auto in = [c](char32_t from, char32_t to) { return c >= from && c <= to; };
    latin += static_cast<std::size_t>(in('a', 'z') || in('A', 'Z') || in(0xc0, 0x24f) || in(0x1ea0, 0x1ef9));
    greek += static_cast<std::size_t>(in(0x370, 0x3ff));
    cyrillic += static_cast<std::size_t>(in(0x400, 0x52f));
    hebrew += static_cast<std::size_t>(in(0x5d0, 0x5ea));
    arabic += static_cast<std::size_t>(in(0x620, 0x6ff));
    devanagari += static_cast<std::size_t>(in(0x900, 0x97f));
    thai += static_cast<std::size_t>(in(0xe00, 0xe7f));
    kana += static_cast<std::size_t>(in(0x3040, 0x30ff));
    han += static_cast<std::size_t>(in(0x3400, 0x9fff));
    hangul += static_cast<std::size_t>(in(0xac00, 0xd7a3));
    ukrainian += static_cast<std::size_t>(c == 0x456 || c == 0x457 || c == 0x454 || c == 0x491);
    persian += static_cast<std::size_t>(c == 0x67e || c == 0x686 || c == 0x698 || c == 0x6af || c == 0x6cc);
  }
};

struct vocabulary {
  language is;
  std::string_view words;  // between blanks
};

constexpr auto vocabularies = std::to_array<vocabulary>({
    {language::english, " the and of is that it for with are this you was have not but from they which "},
    {language::german, " der die das und ist nicht ein eine mit sich auf für dem den von auch wird ich "},
    {language::french, " le les des est et une dans que pour qui pas sur avec ce cette il du aux vous "},
    {language::spanish, " el los las y es que una por con para del se lo como pero más está muy su "},
    {language::portuguese, " o os as e é que uma com para do da em não por mais como um ao você são "},
    {language::italian, " il gli di è che una per con non del della sono le nel anche come più questo "},
    {language::dutch, " de het een en van is niet dat op te zijn met voor aan ook maar wordt deze "},
    {language::polish, " i w nie na się jest to z że do jak są dla od przez ale oraz tym być "},
    {language::turkish, " ve bir bu için ile de da çok olarak daha gibi ne var olan değil en kadar ama "},
    {language::vietnamese, " và là của có không một các được trong cho với này người đã để những khi "},
    {language::indonesian,
     " yang dan di ini itu dengan untuk tidak adalah dari ke pada akan dalam juga atau "},
});

std::size_t hits(const vocabulary& of, std::string_view word) {
  std::string between = " ";
  between.append(word).push_back(' ');
  return of.words.find(between) != std::string_view::npos ? 1 : 0;
}

language by_words(std::string_view text) {
  std::array<std::size_t, vocabularies.size()> found{};
  for (std::size_t at = 0; at < text.size();) {
    std::string word;
    for (; at < text.size();) {
      const character here = character_at(text, at);
      if (here.is != shape::word && here.is != shape::extend) break;
      const char c = text[at];
      if (here.size == 1 && c >= 'A' && c <= 'Z') {
        word.push_back(static_cast<char>(c - 'A' + 'a'));
      } else {
        word.append(text.substr(at, here.size));
      }
      at += here.size;
    }
    if (!word.empty()) {
      for (std::size_t i = 0; i < vocabularies.size(); ++i) found[i] += hits(vocabularies[i], word);
    } else {
      at += std::max<std::size_t>(1, character_at(text, at).size);
    }
  }
  const auto best = std::max_element(found.begin(), found.end());
  if (*best < 2 || std::count(found.begin(), found.end(), *best) > 1) return language::unknown;
  return vocabularies[static_cast<std::size_t>(best - found.begin())].is;
}

}  // namespace

language language_of(std::string_view text) {
  if (text.size() > looked_at) text.remove_prefix(text.size() - looked_at);
  letters of;
  for (std::size_t at = 0; at < text.size();) {
    const character here = character_at(text, at);
    of.add(here.code);
    at += here.size;
  }
  // Quotations and names are in Latin letters everywhere, so every other script counts for more.
  const auto most = [&](std::size_t count) { return count * 3 > of.latin && count > 0; };
  if (most(of.kana)) return language::japanese;
  if (most(of.hangul)) return language::korean;
  if (most(of.han)) return language::chinese;
  if (most(of.cyrillic)) return of.ukrainian > 0 ? language::ukrainian : language::russian;
  if (most(of.arabic)) return of.persian > 0 ? language::persian : language::arabic;
  if (most(of.devanagari)) return language::hindi;
  if (most(of.thai)) return language::thai;
  if (most(of.greek)) return language::greek;
  if (most(of.hebrew)) return language::hebrew;
  return by_words(text);
}

}  // namespace nearfar::providers::handover
