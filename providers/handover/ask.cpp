#include "providers/handover/ask.hpp"

#include "providers/dialects/text_measure.hpp"
#include "providers/handover/text_shape.hpp"

#include <algorithm>
#include <array>

namespace nearfar::providers::handover {
namespace {

constexpr std::size_t anchor_weight = 6 * word_weight;
constexpr std::size_t anchor_at_most = 256;  // bytes: a word may be long
constexpr std::size_t wordless_anchor = 24;  // bytes of rules, dots and brackets

struct wording {
  language in;
  std::string_view before;  // the quoted end comes between, on lines of its own
  std::string_view after;
};

// English is first: it stands for every language that is not here.
// clang-format counts columns of some scripts differently in every run.
// clang-format off
constexpr auto wordings = std::to_array<wording>({
    {language::english, "Your last answer was cut off. It ended with these words:",
     "Begin your reply with exactly these words and go on from there, in the same language, style and "
     "format. "
     "Write nothing before them, do not start over, repeat nothing else and do not mention the "
     "interruption."},
    {language::german, "Deine letzte Antwort wurde abgeschnitten. Sie endete mit diesen Worten:",
     "Beginne deine Antwort mit genau diesen Worten und fahre von dort fort, in derselben Sprache, im selben "
     "Stil und Format. Schreibe nichts davor, fange nicht von vorne an, wiederhole sonst nichts und erwähne "
     "die Unterbrechung nicht."},
    {language::french, "Ta dernière réponse a été coupée. Elle se terminait par ces mots :",
     "Commence ta réponse exactement par ces mots et continue à partir de là, dans la même langue, le même "
     "style et le même format. N'écris rien avant, ne recommence pas, ne répète rien d'autre et ne mentionne "
     "pas l'interruption."},
    {language::spanish, "Tu última respuesta se cortó. Terminaba con estas palabras:",
     "Empieza tu respuesta exactamente con estas palabras y continúa desde ahí, en el mismo idioma, estilo y "
     "formato. No escribas nada antes, no vuelvas a empezar, no repitas nada más y no menciones la "
     "interrupción."},
    {language::portuguese, "A tua última resposta foi cortada. Terminava com estas palavras:",
     "Começa a resposta exatamente com estas palavras e continua a partir daí, na mesma língua, estilo e "
     "formato. Não escrevas nada antes, não recomeces, não repitas mais nada e não menciones a interrupção."},
    {language::italian, "La tua ultima risposta è stata interrotta. Finiva con queste parole:",
     "Comincia la risposta esattamente con queste parole e prosegui da lì, nella stessa lingua, nello stesso "
     "stile e formato. Non scrivere nulla prima, non ricominciare, non ripetere altro e non menzionare "
     "l'interruzione."},
    {language::dutch, "Je laatste antwoord is afgebroken. Het eindigde met deze woorden:",
     "Begin je antwoord met precies deze woorden en ga vandaar verder, in dezelfde taal, stijl en opmaak. "
     "Schrijf er niets voor, begin niet opnieuw, herhaal verder niets en noem de onderbreking niet."},
    {language::polish, "Twoja ostatnia odpowiedź została przerwana. Kończyła się tymi słowami:",
     "Zacznij odpowiedź dokładnie od tych słów i pisz dalej, w tym samym języku, stylu i formacie. Nie pisz "
     "niczego przed nimi, nie zaczynaj od nowa, niczego więcej nie powtarzaj i nie wspominaj o przerwaniu."},
    {language::russian, "Твой последний ответ оборвался. Он заканчивался этими словами:",
     "Начни ответ ровно с этих слов и продолжай с этого места, на том же языке, в том же стиле и формате. "
     "Ничего не пиши перед ними, не начинай сначала, больше ничего не повторяй и не упоминай обрыв."},
    {language::ukrainian, "Твоя остання відповідь обірвалася. Вона закінчувалася цими словами:",
     "Почни відповідь саме з цих слів і продовжуй з цього місця, тією ж мовою, у тому ж стилі та форматі. "
     "Нічого не пиши перед ними, не починай спочатку, більше нічого не повторюй і не згадуй про обрив."},
    {language::turkish, "Son yanıtın yarıda kesildi. Şu sözlerle bitiyordu:",
     "Yanıtına tam olarak bu sözlerle başla ve oradan aynı dilde, aynı üslup ve biçimle devam et. Öncesine "
     "hiçbir şey yazma, baştan başlama, başka bir şeyi tekrarlama ve kesintiden söz etme."},
    {language::greek, "Η τελευταία σου απάντηση διακόπηκε. Τελείωνε με αυτά τα λόγια:",
     "Ξεκίνα την απάντησή σου ακριβώς με αυτά τα λόγια και συνέχισε από εκεί, στην ίδια γλώσσα, με το ίδιο "
     "ύφος και την ίδια μορφή. Μη γράψεις τίποτα πριν, μην αρχίσεις από την αρχή, μην επαναλάβεις τίποτα "
     "άλλο "
     "και μην αναφέρεις τη διακοπή."},
    {language::hebrew, "התשובה האחרונה שלך נקטעה. היא הסתיימה במילים האלה:",
     "פתח את התשובה בדיוק במילים האלה והמשך משם, באותה שפה, באותו סגנון ובאותו מבנה. אל תכתוב דבר לפניהן, אל "
     "תתחיל מחדש, אל תחזור על שום דבר אחר ואל תזכיר את ההפסקה."},
    {language::arabic, "انقطعت إجابتك الأخيرة. وكانت تنتهي بهذه الكلمات:",
     "ابدأ ردك بهذه الكلمات نفسها تمامًا ثم تابع من هناك، باللغة والأسلوب والتنسيق نفسها. لا تكتب شيئًا قبلها، "
     "ولا تبدأ من جديد، ولا تكرر شيئًا آخر، ولا تذكر الانقطاع."},
    {language::persian,
     "پاسخ قبلی تو نیمه‌کاره قطع شد. با این کلمات تمام می‌شد:",
     "پاسخت را دقیقاً با همین کلمات شروع کن و از همان‌جا به همان زبان، سبک و قالب ادامه بده. "
     "پیش "
     "از "
     "آن "
     "چیزی "
     "ننویس، از اول شروع نکن، چیز دیگری را تکرار نکن و به قطع شدن اشاره نکن."},
    {language::hindi, "आपका पिछला उत्तर बीच में कट गया। वह इन शब्दों पर समाप्त हुआ था:",
     "अपना उत्तर ठीक इन्हीं शब्दों से शुरू करें और वहीं से उसी भाषा, शैली और प्रारूप में आगे बढ़ें। इनसे पहले कुछ न लिखें, "
     "फिर से शुरू न करें, और कुछ न दोहराएँ और रुकावट का उल्लेख न करें।"},
    {language::thai, "คำตอบล่าสุดของคุณถูกตัดกลางคัน โดยจบลงด้วยข้อความนี้:",
     "เริ่มคำตอบด้วยข้อความนี้ตรงตัว แล้วเขียนต่อจากตรงนั้น ด้วยภาษา น้ำเสียง และรูปแบบเดิม อย่าเขียนอะไรก่อนหน้า อย่าเริ่มใหม่ "
     "อย่าพูดซ้ำส่วนอื่น และอย่ากล่าวถึงการถูกตัด"},
    {language::chinese, "你上一次的回答被中断了，结尾是：",
     "请原样以上面这段文字开头，然后从那里接着写，语言、风格和格式保持不变。前面不要加任何内容，不要从头开始"
     "，"
     "不要重复其他内容，也不要提到中断。"},
    {language::japanese, "直前の回答が途中で切れました。最後は次の言葉でした。",
     "回答をこの言葉とまったく同じ書き出しで始め、同じ言語、文体、形式でそこから続けてください。前に何も書か"
     "ず、"
     "最初からやり直さず、ほかは繰り返さず、中断には触れないでください。"},
    {language::korean, "마지막 답변이 중간에 끊겼습니다. 다음 말로 끝났습니다:",
     "정확히 이 말로 답변을 시작하고 같은 언어, 문체, 형식으로 거기서부터 이어서 쓰세요. 그 앞에 아무것도 "
     "쓰지 말고, "
     "처음부터 다시 시작하지 말고, 다른 내용은 반복하지 말고, 끊긴 일은 언급하지 마세요."},
    {language::vietnamese, "Câu trả lời vừa rồi của bạn bị ngắt giữa chừng. Nó kết thúc bằng những từ này:",
     "Hãy bắt đầu câu trả lời bằng đúng những từ này và viết tiếp từ đó, giữ nguyên ngôn ngữ, văn phong và "
     "định "
     "dạng. Đừng viết gì trước đó, đừng bắt đầu lại, đừng lặp lại gì khác và đừng nhắc đến việc bị ngắt."},
    {language::indonesian, "Jawaban terakhirmu terpotong. Jawaban itu berakhir dengan kata-kata ini:",
     "Mulailah jawabanmu persis dengan kata-kata ini lalu lanjutkan dari situ, dalam bahasa, gaya, dan "
     "format "
     "yang sama. Jangan tulis apa pun sebelumnya, jangan mulai dari awal, jangan ulangi yang lain, dan "
     "jangan "
     "sebut pemotongan itu."},
});
// clang-format on

const wording& wording_in(language wanted) {
  const auto* found =
      std::find_if(wordings.begin(), wordings.end(), [&](const wording& w) { return w.in == wanted; });
  return found == wordings.end() ? wordings.front() : *found;
}

}  // namespace

std::uint64_t tokens_said(const ask& what) {
  if (what.tokens_said > 0 || what.said.empty()) return what.tokens_said;
  return (raw_quarters(what.said) + 3) / 4;
}

std::string_view anchor_of(std::string_view text) {
  const std::size_t near = std::min(text.size(), anchor_at_most);
  std::size_t at = text.size() - near;
  while (at < text.size() && (is_white(text[at]) || !begins_word(text, at))) ++at;
  const std::string_view end = text.substr(at);
  const std::string_view words = tail_of_weight(end, anchor_weight);
  if (!words.empty()) return words;
  at = end.size() - std::min(end.size(), wordless_anchor);
  while (at < end.size() && (is_white(end[at]) || !begins_word(end, at))) ++at;
  return end.substr(at);
}

std::string instruction(std::string_view anchor, std::string_view said, std::string_view last_user_turn) {
  language in = language_of(said);
  if (in == language::unknown) in = language_of(last_user_turn);
  const wording& words = wording_in(in);
  std::string text;
  text.append(words.before).append("\n\n").append(anchor).append("\n\n").append(words.after);
  return text;
}

}  // namespace nearfar::providers::handover
